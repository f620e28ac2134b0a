/** The request that would be made, as the API shows it. */
import { z } from 'zod';
import type { Api } from './client.ts';

const Problem = z.object({ path: z.string(), code: z.string(), message: z.string() });

export const PreviewView = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    method: z.string(),
    url: z.string(),
    headers: z.record(z.string(), z.string()),
    body: z.string().optional(),
    sent: z.array(z.number()),
    notSent: z.array(z.object({ index: z.number(), code: z.string(), reason: z.string() })),
    warnings: z.array(Problem),
  }),
  z.object({ ok: z.literal(false), problems: z.array(Problem) }),
]);
export type PreviewView = z.infer<typeof PreviewView>;

export interface PreviewQuestion {
  /** Saved ones by their ids, others as they are. */
  readonly sync: unknown;
  readonly destination?: unknown;
  readonly action: string;
  /** From the newest snapshot where they are not given. */
  readonly rows?: readonly unknown[];
}

export async function preview(api: Api, question: PreviewQuestion): Promise<PreviewView> {
  return PreviewView.parse(
    (await api.send({ method: 'POST', path: '/preview', body: question })).body,
  );
}
