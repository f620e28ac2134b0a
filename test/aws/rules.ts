/** The whole table. */
import type { Rule } from './rule.ts';
import { dynamodbRules } from './rules/dynamodb.ts';
import { sqsRules } from './rules/sqs.ts';

export const rules: readonly Rule[] = [...dynamodbRules, ...sqsRules];
