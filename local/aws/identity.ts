/**
 * Region, account and credentials of the embedded AWS. Its services check no signatures; SDK clients insist on
 * having something to sign with.
 */
export const region = 'us-east-1';
export const accountId = '000000000000';
export const credentials = { accessKeyId: 'embedded', secretAccessKey: 'embedded' } as const;

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

export function clientConfig(endpoint: string): ClientConfig {
  return { endpoint, region, credentials };
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
