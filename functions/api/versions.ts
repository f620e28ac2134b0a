/** Concurrent edits: a saved thing has a version, its ETag begins with it, and a change must name the one it saw. */
import { z } from '@hono/zod-openapi';
import { existsAlready, versionOutdated } from '../../shared/domain/settings/configuration.ts';
import { Refusal, requestInvalid } from './problem.ts';

export const ETag = z.object({
  etag: z.string().describe('Begins with its version; for If-Match, and for If-None-Match.'),
});
export const CreatedHeaders = ETag.extend({
  location: z.string().describe('Path of what was created.'),
});

/** The header of an answer. */
export const etagOf = ({ version }: { readonly version: number }) => ({ etag: `"${version}"` });

const tag = z
  .string()
  .max(64)
  .optional()
  .meta({ examples: ['"3"'] });

/** For changes that may name a version. */
export const MayMatch = z.object({
  'if-match': tag.describe('The ETag of what you read: where it was changed since, 412.'),
});

export const IfMatch = z.object({
  'if-match': tag.describe(
    'The ETag of what you read; `*` for whatever is there now. Needed (428).',
  ),
});

export const PutHeaders = z.object({
  'if-match': tag.describe(
    'The ETag of what you read; `*` for whatever is there now. This or If-None-Match is needed (428).',
  ),
  'if-none-match': z
    .string()
    .regex(/^\*$/, 'only * is known here')
    .optional()
    .describe('It must not be there yet (412): then it is created.'),
});

/**
 * The version that a request expects: undefined for any (`*`), 0 for none that there is.
 * @throws Refusal 428 where it names none
 */
export function expectedVersion(headers: z.infer<typeof IfMatch>): number | undefined {
  const header = headers['if-match'];
  if (header === undefined) {
    throw new Refusal(428, {
      code: 'if-match-missing',
      detail:
        'The request does not say which version it changes. Read it, and send its ETag in the header If-Match.',
    });
  }
  if (header.trim() === '*') return undefined;
  return Number(/^\s*"([1-9]\d{0,14})(-[0-9a-f]{1,64})?"\s*$/.exec(header)?.[1] ?? 0);
}

interface Versioned {
  readonly id: string;
  readonly version: number;
}

/** What was found, if it is what the caller saw. @throws ConfigurationError `version-outdated` */
export function asExpected<T extends Versioned>(found: T, expected: number | undefined): T {
  if (expected !== undefined && found.version !== expected) throw versionOutdated(found.id);
  return found;
}

/** The same where the request need not name a version. @throws ConfigurationError `version-outdated` */
export const asMatched = <T extends Versioned>(found: T, headers: z.infer<typeof MayMatch>): T =>
  headers['if-match'] === undefined ? found : asExpected(found, expectedVersion(headers));

/**
 * What a PUT replaces; undefined where it creates.
 * @throws Refusal 400, 404, 412, 428; ConfigurationError `version-outdated`
 */
export function replacedBy<T extends Versioned>(
  id: string,
  found: T | undefined,
  headers: z.infer<typeof PutHeaders>,
  missing: () => Refusal,
): T | undefined {
  if (headers['if-none-match'] === undefined) {
    if (!found) throw missing();
    return asExpected(found, expectedVersion(headers));
  }
  if (headers['if-match'] !== undefined) {
    const message = 'If-Match and If-None-Match contradict each other. Send one of them.';
    throw requestInvalid([
      { pointer: '', path: 'header.if-none-match', code: 'setting-invalid', message },
    ]);
  }
  if (!found) return undefined;
  const { code, message } = existsAlready(id);
  throw new Refusal(412, { code, detail: message });
}

/** The id of the path is that of the body. @throws Refusal 400 `id-differs` */
export function sameId<T extends { readonly id: string }>(id: string, input: T): T {
  if (input.id === id) return input;
  const message = `The id of the body is another than that of the path, which is "${id}". An id stays: make a new one, and delete this.`;
  throw new Refusal(400, {
    code: 'id-differs',
    detail: message,
    problems: [{ pointer: '/id', path: 'id', code: 'id-differs', message }],
  });
}
