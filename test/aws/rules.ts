/** The whole table. */
import type { Rule } from './rule.ts';
import { dynamodbRules } from './rules/dynamodb.ts';
import { eventRules } from './rules/events.ts';
import { s3Rules } from './rules/s3.ts';
import { sqsRules } from './rules/sqs.ts';

export const rules: readonly Rule[] = [...dynamodbRules, ...sqsRules, ...s3Rules, ...eventRules];
