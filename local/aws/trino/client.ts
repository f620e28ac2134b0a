/** Trino's own protocol: a statement, and its answer piece by piece. https://trino.io/docs/476/develop/client-protocol.html */
import { z } from 'zod';

const Answer = z.object({
  id: z.string(),
  nextUri: z.string().optional(),
  data: z.array(z.array(z.unknown())).optional(),
  stats: z.object({ physicalInputBytes: z.number().optional() }),
  error: z.object({ errorName: z.string(), errorType: z.string() }).optional(),
});

export interface TrinoResult {
  readonly rows: readonly (readonly unknown[])[];
  /** Of storage. */
  readonly bytes: number;
  /** Its name, and whose fault it is: `USER_ERROR`, `INSUFFICIENT_RESOURCES`, `EXTERNAL`, `INTERNAL_ERROR`. */
  readonly error: { readonly errorName: string; readonly errorType: string } | undefined;
}

export interface Statement {
  readonly endpoint: string;
  readonly text: string;
  readonly session?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Stops the statement where the signal aborts. */
export async function runStatement({
  endpoint,
  text,
  session = {},
  signal,
}: Statement): Promise<TrinoResult> {
  const settings = Object.entries(session).map(([name, value]) => `${name}=${value}`);
  let response = await fetch(`${endpoint}/v1/statement`, {
    method: 'POST',
    body: text,
    headers: {
      'x-trino-user': 'audience-mirror',
      'x-trino-catalog': 'hive',
      'x-trino-schema': 'audience_mirror',
      'x-trino-session': settings.join(','),
    },
  });
  const rows: (readonly unknown[])[] = [];
  for (;;) {
    if (response.status === 503) response = await again(response.url);
    const answer = Answer.parse(await response.json());
    rows.push(...(answer.data ?? []));
    const bytes = answer.stats.physicalInputBytes ?? 0;
    if (answer.nextUri === undefined) return { rows, bytes, error: answer.error };
    if (signal?.aborted) {
      await fetch(answer.nextUri, { method: 'DELETE' });
      return { rows, bytes, error: { errorName: 'USER_CANCELED', errorType: 'USER_ERROR' } };
    }
    response = await fetch(answer.nextUri);
  }
}

async function again(uri: string): Promise<Response> {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return await fetch(uri);
}
