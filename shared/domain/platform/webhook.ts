/** Webhooks: what is wrong with one, where its secret lies, and what its requests go to. */

import type { SecretValues } from '../../contracts/authentication.ts';
import type { Webhook, WebhookInput } from '../../contracts/webhook.ts';
import type { ConfigurationProblem } from '../words/problem.ts';
import { secretValue } from './authentication.ts';
import { hasSecret, secretsIn, withSecrets } from './secret-places.ts';
import { checkTarget, type TargetPolicy } from './target.ts';

/** No destination can name it: names of their secrets begin with a letter or digit. */
export const webhookSecret = ({ id }: Pick<Webhook, 'id'>): string => `@webhooks/${id}`;

/** All problems at once; their paths begin with `webhook`. */
export function checkWebhook(
  { url, linkBase }: WebhookInput,
  policy: TargetPolicy,
): ConfigurationProblem[] {
  const problem = (path: string, code: string, message: string) => ({
    path: `webhook.${path}`,
    code,
    message,
  });
  const problems: ConfigurationProblem[] = [];
  const parsed = URL.parse(withSecrets(url, () => 'x'));
  if (/[\p{Cc}\p{Cf}\p{Z}\\#]/u.test(placesOut(url)) || !parsed || !/^https?:\/\//i.test(url)) {
    const message =
      'The URL is no whole address, or has a space, an invisible character, a backslash or a fragment in it. Write it as https://example.com/hooks/audiences.';
    return [problem('url', 'webhook-url-invalid', message)];
  }
  const origin = originText(url);
  if (parsed.username !== '' || parsed.password !== '' || hasSecret(origin)) {
    const message =
      'The URL has a user name, a password or a secret before its path. Leave them out: requests are signed, and {{secret.token}} may stand in the path or query.';
    problems.push(problem('url', 'webhook-url-invalid', message));
  }
  const others = [...placeNames(url)].filter((name) => name !== 'token');
  if (others.length > 0) {
    const message = 'The URL names a value that a webhook has not. It may have {{secret.token}}.';
    problems.push(problem('url', 'secret-unknown', message));
  }
  const target = checkTarget(parsed, policy);
  if (target) problems.push(problem('url', target.code, target.message));
  if (linkBase !== undefined && !/^https?:\/\/[^\s<>|]+\/$/.test(linkBase)) {
    const message =
      'Links begin with an address that ends with a slash, such as https://example.com/.';
    problems.push(problem('linkBase', 'webhook-url-invalid', message));
  }
  return problems;
}

const PLACE = /\{\{ *secret\.([A-Za-z0-9_-]*) *\}\}/g;
const placesOut = (url: string) => url.replaceAll(PLACE, '');
const placeNames = (url: string) => new Set([...url.matchAll(PLACE)].map(([, name = '']) => name));
const originText = (url: string) => /^[a-z]+:\/\/[^/?]*/i.exec(url)?.[0] ?? url;

/** Where it leads: protocol, host and port. A secret that was set for one goes to no other. */
export const originOf = (url: string): string => new URL(originText(url)).origin;

/** @throws ConfigurationError `secret-incomplete` */
export function webhookUrl(webhook: Pick<Webhook, 'id' | 'url'>, values: SecretValues): string {
  const secret = webhookSecret(webhook);
  return withSecrets(webhook.url, (field) =>
    encodeURIComponent(secretValue(values, field, secret)),
  );
}

/** What its secret has to hold. */
export const webhookNeeds = ({
  format,
  url,
}: Pick<Webhook, 'format' | 'url'>): readonly ('signingKey' | 'token')[] => [
  ...(format === 'event' ? (['signingKey'] as const) : []),
  ...(secretsIn(url).includes('token') ? (['token'] as const) : []),
];
