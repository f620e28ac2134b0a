/** Concurrent edits: a saved thing has a version, its ETag is that version, and a change must name the one it saw. */
import { z } from '@hono/zod-openapi';
import { versionOutdated } from '../../shared/domain/settings/configuration.ts';
import { Refusal } from './problem.ts';

export const ETag = z.object({ etag: z.string().describe('Its version; for If-Match.') });

/** The header of an answer. */
export const etagOf = ({ version }: { readonly version: number }) => ({ etag: `"${version}"` });

export const IfMatch = z.object({
  'if-match': z
    .string()
    .max(64)
    .optional()
    .describe('The ETag of what you read; `*` for whatever is there now. Needed (428).'),
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
  return Number(/^\s*"([1-9]\d{0,14})"\s*$/.exec(header)?.[1] ?? 0);
}

/** What was found, if it is what the caller saw. @throws ConfigurationError `version-outdated` */
export function asExpected<T extends { readonly id: string; readonly version: number }>(
  found: T,
  expected: number | undefined,
): T {
  if (expected !== undefined && found.version !== expected) throw versionOutdated(found.id);
  return found;
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
