/** A platform as a test plays it, on a real socket, and the whole system that mirrors rows to it. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { request } from 'undici';
import { buckets } from '../../local/aws/function-wiring.ts';
import type { LocalSystem } from '../../local/system.ts';
import { DestinationInput } from '../../shared/contracts/destination.ts';
import type { Run } from '../../shared/contracts/run.ts';
import { SyncInput } from '../../shared/contracts/sync.ts';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** As it came. */
  readonly text: string;
  /** Parsed JSON; undefined where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: what a test's own platform was sent
  readonly body: any;
  readonly at: number;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes and text as they are, anything else as JSON. */
  readonly body?: unknown;
}

export interface StagePlatform {
  readonly url: string;
  readonly seen: Seen[];
  /** What it does from now on. */
  answer: (seen: Seen) => Reply;
  close(): Promise<void>;
}

const bytesOf = (body: unknown): Buffer => {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : (JSON.stringify(body) ?? ''));
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export async function servePlatform(answer: StagePlatform['answer']): Promise<StagePlatform> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const { method = '', url = '', headers } = request;
    const got = { method, path: url, headers, text, body: parsed(text), at: Date.now() };
    seen.push(got);
    const { status = 200, headers: own = {}, body: said } = platform.answer(got);
    response.writeHead(status, { 'content-type': 'application/json', ...own });
    response.end(bytesOf(said));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  const platform: StagePlatform = {
    url: `http://127.0.0.1:${address.port}`,
    seen,
    answer,
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return platform;
}

export type Row = Readonly<Record<string, unknown>>;

export interface Staged {
  readonly sync: string;
  readonly platform: StagePlatform;
  /** Exports the rows, runs the sync once, and gives the closed run. */
  run(rows: readonly Row[]): Promise<Run>;
  /** Exports the rows and starts a run. */
  start(rows: readonly Row[]): Promise<string>;
  /** Of the run, as it is now. */
  now(run: string): Promise<Run>;
  follow(run: string): Promise<Run>;
  cancel(run: string): Promise<void>;
  /** Saves the destination anew. */
  change(destination: object): Promise<void>;
}

export interface Setting {
  /** Of the sync; the destination's is this after `to-`. @default a new one */
  readonly id?: string;
  /** Beside id, name, base URL and what every case has. */
  readonly destination: object;
  readonly sync?: object;
  readonly answer: StagePlatform['answer'];
}

let syncs = 0;

export const ids = (count: number) => Array.from({ length: count }, (_, at) => ({ id: `u${at}` }));

/** Key and only field: `id`; all actions send `{"ids": […]}` to `/members`, by POST and DELETE. */
export const byId = (more: object = {}, removal: object = {}) => {
  const action = { path: '/members', body: '{"ids": [$$.records.ID]}', ...more };
  return {
    insert: action,
    update: 'insert',
    delete: { ...action, responseRules: undefined, method: 'DELETE', ...removal },
  };
};

export async function stage(mirror: LocalSystem, setting: Setting): Promise<Staged> {
  const platform = await servePlatform(setting.answer);
  const { id = `case-${++syncs}` } = setting;
  const save = async (changes: object) => {
    const destination = DestinationInput.parse({
      id: `to-${id}`,
      name: `To ${id}`,
      baseUrl: platform.url,
      concurrency: 1,
      ...setting.destination,
      ...changes,
    });
    const sync = SyncInput.parse({
      id,
      name: id,
      destination: `to-${id}`,
      audience: { id, name: id },
      source: {
        bucket: buckets.snapshots,
        prefix: `exports/${id}/`,
        completeness: { by: 'settled', settledSeconds: 0 },
      },
      key: ['id'],
      mappings: { ID: { column: 'id' } },
      guards: { deletesShare: 1 },
      ...setting.sync,
    });
    await mirror.save(destination, sync);
  };
  await save({});
  const start = async (rows: readonly Row[]) => {
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    await mirror.export(`exports/${id}/`, new Map([['rows.ndjson', Buffer.from(lines)]]));
    const run = await mirror.start(id);
    if (!run) throw new Error('No run was started.');
    return run;
  };
  return {
    sync: id,
    platform,
    start,
    run: async (rows) => mirror.follow(id, await start(rows)),
    follow: (run) => mirror.follow(id, run),
    async now(run) {
      const found = await mirror.runs.getRun(id, run);
      if (!found) throw new Error('The run is gone.');
      return found;
    },
    async cancel(run) {
      const api = await mirror.serve();
      const { statusCode } = await request(`${api.url}/v1/syncs/${id}/runs/${run}/cancel`, {
        method: 'POST',
        headers: { authorization: `Bearer ${api.tokens.write}` },
      });
      if (statusCode !== 202) throw new Error(`Not cancelled: ${statusCode}.`);
    },
    change: save,
  };
}

export const none = { delivered: 0, rejected: 0, uncertain: 0, unsent: 0, invalid: 0 };
export const reasonsOf = (run: Run) => run.result?.reasons?.map(({ code }) => code) ?? [];
