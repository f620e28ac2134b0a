/**
 * The API of the embedded run, on loopback: the same app as on AWS, with two tokens in place of API Gateway's access
 * control. The Host header must name this machine, so that no web page can reach it through a name of its own that
 * it lets point here.
 *
 * ```
 * folder/  access.json {read, write}, for its owner alone   endpoint.json {url, snapshots}, while it serves
 * ```
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { rmSync } from 'node:fs';
import { chmod, open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { z } from 'zod';
import type { Access } from '../functions/api/access.ts';
import { createApi } from '../functions/api/app.ts';
import type { ApiPorts } from '../functions/api/ports.ts';
import { bearerOf, type Console, openConsole } from './console.ts';
import type { SnapshotDoor } from './snapshot-door.ts';

const AccessFile = z.object({ read: z.string().min(32), write: z.string().min(32) });
export type Tokens = z.infer<typeof AccessFile>;

export interface LocalApi {
  /** Without a slash at its end. */
  readonly url: string;
  readonly tokens: Tokens;
  readonly console: Pick<Console, 'link' | 'whenUsed'>;
  close(): Promise<void>;
}

export interface LocalApiOptions {
  /** Where access.json and endpoint.json lie. */
  readonly folder: string;
  /** The next free one where it is taken. @default any free one */
  readonly port?: number;
  readonly ports: Omit<ApiPorts, 'access'>;
  /** For who puts snapshots there. */
  readonly snapshots: SnapshotDoor;
}

export async function startApi(options: LocalApiOptions): Promise<LocalApi> {
  const { folder, ports, snapshots } = options;
  const tokens = await tokensOf(folder);
  let url = '';
  const pages = openConsole({ key: tokens.write, url: () => url });
  const app = createApi({ ...ports, access: tokenAccess(tokens, pages) });
  const server = createServer(
    getRequestListener((request) =>
      isLoopback(request.headers.get('host'))
        ? (pages.answer(request) ?? app.fetch(request))
        : refused(),
    ),
  );
  url = `http://127.0.0.1:${await listen(server, options.port ?? 0)}`;
  const endpoint = join(folder, 'endpoint.json');
  await writeFile(endpoint, `${JSON.stringify({ url, snapshots })}\n`);
  return {
    url,
    tokens,
    console: pages,
    close: async () => {
      rmSync(endpoint, { force: true });
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const loopback = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;
const isLoopback = (host: string | null) => host !== null && loopback.test(host);

const refused = () =>
  Response.json(
    {
      type: 'about:blank',
      title: 'Not allowed',
      status: 403,
      code: 'host-forbidden',
      detail: 'This API answers to 127.0.0.1 and localhost only. Call it by one of these names.',
    },
    { status: 403, headers: { 'content-type': 'application/problem+json' } },
  );

/** Kept between starts, so that scripts go on; made anew where others may have read them. */
async function tokensOf(folder: string): Promise<Tokens> {
  const file = join(folder, 'access.json');
  const kept = await readPrivate(file);
  if (kept) return kept;
  const token = () => randomBytes(32).toString('base64url');
  const tokens = { read: token(), write: token() };
  const fresh = `${file}.new`;
  const handle = await open(fresh, 'w', 0o600);
  try {
    await chmod(fresh, 0o600);
    await handle.writeFile(`${JSON.stringify(tokens, undefined, 2)}\n`);
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
  return tokens;
}

async function readPrivate(file: string): Promise<Tokens | undefined> {
  try {
    const { mode } = await stat(file);
    if (process.getuid !== undefined && (mode & 0o077) !== 0) return undefined;
    return AccessFile.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

function tokenAccess(tokens: Tokens, pages: Console): Access {
  const digest = (text: string) => hash('sha256', text, 'buffer');
  const known = { read: digest(tokens.read), write: digest(tokens.write) };
  return {
    ground: 'one-machine',
    callerOf(request) {
      const token = bearerOf(request);
      if (token === undefined) return undefined;
      const given = digest(token);
      if (timingSafeEqual(given, known.write)) return { name: 'local:write', mayWrite: true };
      if (timingSafeEqual(given, known.read)) return { name: 'local:read', mayWrite: false };
      return pages.callerOf(token);
    },
  };
}

const portsTried = 20;

async function listen(server: Server, port: number): Promise<number> {
  for (let next = port; ; next += 1) {
    const found = await listenOn(server, next).catch((error: unknown) => {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!isTaken || next >= port + portsTried) throw error;
      return undefined;
    });
    if (found !== undefined) return found;
  }
}

function listenOn(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}
