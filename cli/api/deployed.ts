/** A deployed system: found by its stack or URL; requests are signed with AWS credentials, or bear a token. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Sha256 } from '@aws-crypto/sha256-js';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import { type Api, type Authorise, createApi } from './client.ts';
import type { SystemOptions } from './system-options.ts';

/** @throws ConfigurationError `stack-unreadable`, `stack-without-api`, `endpoint-invalid`, `credentials-missing`, `region-missing` */
export async function connectDeployed(options: SystemOptions): Promise<Api> {
  const url = parseUrl(options.endpoint ?? (await apiOfStack(options)));
  const { token } = options;
  const authorise: Authorise = token
    ? async () => ({ authorization: `Bearer ${token}` })
    : await signer(url, options);
  return createApi(url.href, authorise, sleep);
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLoopback = url && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url?.protocol === 'https:' || (isLoopback && url.protocol === 'http:')) return url;
  throw new ConfigurationError(
    'endpoint-invalid',
    'The endpoint is no https URL. Give the value of the stack output ApiUrl.',
  );
}

/** The stack's output of that name; undefined where it has none. @throws ConfigurationError `stack-unreadable` */
export async function outputOf(
  { stack, region }: SystemOptions,
  name: 'ApiUrl' | 'ConsoleUrl',
): Promise<string | undefined> {
  const client = new CloudFormationClient(region ? { region } : {});
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    return Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue;
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'no reason given';
    throw new ConfigurationError(
      'stack-unreadable',
      `The stack "${stack}" could not be looked up (${reason}). Check its name, the region (--region) and your AWS credentials.`,
    );
  } finally {
    client.destroy();
  }
}

async function apiOfStack(options: SystemOptions): Promise<string> {
  const url = await outputOf(options, 'ApiUrl');
  if (url) return url;
  throw new ConfigurationError(
    'stack-without-api',
    `The stack "${options.stack}" has no output ApiUrl. Name a stack of Audience Mirror, and deploy its present version.`,
  );
}

async function signer(url: URL, { region }: SystemOptions): Promise<Authorise> {
  const signature = new SignatureV4({
    service: 'execute-api',
    region: region ?? regionOf(url) ?? (await usualRegion()),
    credentials: defaultProvider(),
    sha256: Sha256,
  });
  return async ({
    method,
    url: { protocol, hostname, port, pathname, searchParams },
    headers,
    body,
  }) => {
    const unsigned = {
      method,
      protocol,
      hostname,
      ...(port !== '' && { port: Number(port) }),
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { ...headers, host: port === '' ? hostname : `${hostname}:${port}` },
      body,
    };
    try {
      return (await signature.sign(unsigned)).headers;
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'no reason given';
      throw new ConfigurationError(
        'credentials-missing',
        `The request could not be signed (${reason}). Sign in to AWS (aws sso login, AWS_PROFILE), or put a token of your identity provider into AUDIENCE_MIRROR_TOKEN.`,
      );
    }
  };
}

/** Of API Gateway's own names; a custom domain does not tell. */
const regionOf = ({ hostname }: URL): string | undefined =>
  /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/.exec(hostname)?.[1];

async function usualRegion(): Promise<string> {
  const client = new CloudFormationClient({});
  try {
    return await client.config.region();
  } catch {
    throw new ConfigurationError(
      'region-missing',
      'The AWS region of the API is not known. Name it with --region, or set AWS_REGION; the system of `npm start` is named by --folder.',
    );
  } finally {
    client.destroy();
  }
}
