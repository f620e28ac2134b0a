/** Concurrent edits: a saved thing has a version, its ETag is that version, and a change must name the one it saw. */
import { z } from '@hono/zod-openapi';
import { Refusal } from './problem.ts';

export const etagOf = ({ version }: { readonly version: number }): string => `"${version}"`;

export const IfMatch = z.object({
  'if-match': z
    .string()
    .max(64)
    .optional()
    .describe('The ETag of what you read; `*` for whatever is there now.'),
});

/**
 * The version that a request expects; undefined for any (`*`).
 * @throws Refusal 428 where it names none, 412 where what it names is no ETag of ours
 */
export function expectedVersion(header: string | undefined): number | undefined {
  if (header === undefined) {
    throw new Refusal(428, {
      code: 'if-match-missing',
      detail:
        'The request does not say which version it changes. Read it, and send its ETag in the header If-Match.',
    });
  }
  if (header.trim() === '*') return undefined;
  const version = /^\s*"([1-9]\d{0,14})"\s*$/.exec(header)?.[1];
  if (version === undefined) throw changedMeanwhile();
  return Number(version);
}

export const changedMeanwhile = (): Refusal =>
  new Refusal(412, {
    code: 'version-outdated',
    detail:
      'It was changed or removed since you read it, so nothing was changed. Read it again, and repeat your change on it.',
  });
