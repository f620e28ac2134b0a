/**
 * X-Ray, where the stack switches it on: each call of an AWS service becomes a part of the invocation's trace. It is
 * loaded only then, as it takes longer to load than all else that a cold start does.
 */
import { env } from '../contracts/wiring.ts';
import { optionalSetting } from './environment.ts';

const tracer =
  optionalSetting(env.tracing) === 'true'
    ? new (await import('@aws-lambda-powertools/tracer')).Tracer()
    : undefined;

/** The client, with its calls traced where tracing is on. */
export const traced = <T>(client: T): T => tracer?.captureAWSv3Client(client) ?? client;
