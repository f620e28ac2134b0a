/** Structured logs. Every line of a step names sync and run; no line holds a record, a body or a header. */
import { Logger } from '@aws-lambda-powertools/logger';

export const logger = new Logger({ serviceName: 'audience-mirror' });
