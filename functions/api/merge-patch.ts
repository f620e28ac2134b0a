/** JSON Merge Patch (RFC 7396): what a patch names is replaced, null takes it away, the rest stays. */
import { z } from '@hono/zod-openapi';

export const MergePatch = z.looseObject({}).meta({
  id: 'MergePatch',
  description:
    'JSON Merge Patch (RFC 7396) of the settings: what is named is replaced, null takes it away, lists are replaced as a whole.',
  examples: [{ name: 'Another name', enabled: false }],
});

export const patchBody = {
  required: true,
  content: { 'application/merge-patch+json': { schema: MergePatch } },
} as const;

type Named = Readonly<Record<string, unknown>>;

const isNamed = (value: unknown): value is Named =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isNamed(patch)) return patch;
  const merged = new Map(Object.entries(isNamed(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}
