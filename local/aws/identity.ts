/**
 * Region, account and credentials of the embedded AWS. Its services ask for the access key, which is another one at every
 * start, and check nothing else of a signature (`local/loopback.ts`).
 */
import { randomBytes } from 'node:crypto';
import type { Guard } from '../loopback.ts';

export const region = 'us-east-1';
export const accountId = '000000000000';
/** Of this process, and of the functions it starts. */
export const credentials: ClientConfig['credentials'] = {
  accessKeyId: randomBytes(24).toString('hex'),
  secretAccessKey: 'not checked',
};

/** Before every service of the embedded AWS. @param bodies media types; any if none is given */
export const serviceGuard = (...bodies: readonly string[]): Guard => ({
  key: credentials.accessKeyId,
  ...(bodies.length > 0 && { bodies }),
});

export const buckets = {
  state: 'audience-mirror-state',
  logs: 'audience-mirror-logs',
  /** Where the warehouse's exports stand in here. */
  snapshots: 'audience-mirror-snapshots',
} as const;

/** What an SDK client needs to reach one of the services. */
export interface ClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** @param accessKeyId of a system in another process. @default this one's */
export function clientConfig(
  endpoint: string,
  accessKeyId = credentials.accessKeyId,
): ClientConfig {
  return { endpoint, region, credentials: { ...credentials, accessKeyId } };
}

export function functionArn(name: string): string {
  return `arn:aws:lambda:${region}:${accountId}:function:${name}`;
}

/** The name at the end of a function's ARN. */
export function functionOf(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1);
}

/** Where an embedded system is kept unless told otherwise. */
export const usualFolder = '.audience-mirror';
