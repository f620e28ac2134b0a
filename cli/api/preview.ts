/** The request that would be made, as the API shows it. */
import { z } from 'zod';
import type { Api } from './client.ts';

const Problem = z.object({ path: z.string(), code: z.string(), message: z.string() });

export const PreviewView = z.object({
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string().optional(),
  /** Positions among the rows. */
  sent: z.array(z.number()),
  notSent: z.array(z.object({ index: z.number(), code: z.string(), reason: z.string() })),
  /** That were previewed. */
  rows: z.number(),
  warnings: z.array(Problem),
});
export type PreviewView = z.infer<typeof PreviewView>;

export interface PreviewQuestion {
  /** Saved ones by their ids, others as they are. */
  readonly sync: unknown;
  readonly destination: unknown;
  readonly action: string;
  /** From the newest snapshot where they are not given. */
  readonly rows?: readonly unknown[];
}

/** @throws ApiRefusal with all problems, where the two cannot be sent */
export async function preview(api: Api, question: PreviewQuestion): Promise<PreviewView> {
  return PreviewView.parse(
    (await api.send({ method: 'POST', path: '/preview', body: question })).body,
  );
}
