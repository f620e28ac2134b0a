/** How to reach a system, from what the command line and the environment say. */
import type { Api } from './client.ts';

/** Embedded where neither stack nor endpoint is given. */
export interface ConnectionOptions {
  /** State folder of the embedded system. */
  readonly folder: string;
  /** CloudFormation stack; its output names the endpoint. */
  readonly stack?: string | undefined;
  /** URL of the API. */
  readonly endpoint?: string | undefined;
  /** AWS region; from the usual places where it is not given. */
  readonly region?: string | undefined;
  /** Bearer token for a system with a JWT authoriser; without it requests are signed with AWS credentials. */
  readonly token?: string | undefined;
}

export const isEmbedded = ({ stack, endpoint }: ConnectionOptions): boolean => !stack && !endpoint;

/** @throws ConfigurationError as the ways say */
export async function connect(
  options: ConnectionOptions,
  shown: (path: string) => string,
): Promise<Api> {
  if (isEmbedded(options)) {
    return (await import('./embedded.ts')).connectEmbedded(options.folder, shown);
  }
  return (await import('./deployed.ts')).connectDeployed(options);
}
