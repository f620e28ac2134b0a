/**
 * The API of the embedded run, on loopback: the same app as on AWS, with two tokens in place of API Gateway's access
 * control. A client believes endpoint.json only once the server has proven itself (`proof.ts`).
 *
 * ```
 * folder/  access.json {read, write}   endpoint.json {url, snapshots}, while it serves: both for their owner alone
 * ```
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { rmSync } from 'node:fs';
import { chmod, open, readFile, rename, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { z } from 'zod';
import type { Access } from '../functions/api/access.ts';
import { createApi } from '../functions/api/app.ts';
import type { ApiPorts } from '../functions/api/ports.ts';
import { bearerOf, type Console, openConsole } from './console.ts';
import { guarded, type Listening, listening } from './loopback.ts';
import { proofFor } from './proof.ts';
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
  const take = getRequestListener(
    (request) => proofFor(request, tokens.write) ?? pages.answer(request) ?? app.fetch(request),
  );
  const server = createServer(guarded((...call) => void take(...call), {}));
  const served = await listeningNear(server, options.port ?? 0);
  url = served.endpoint;
  const endpoint = join(folder, 'endpoint.json');
  await writePrivate(endpoint, { url, snapshots });
  return {
    url,
    tokens,
    console: pages,
    close: async () => {
      rmSync(endpoint, { force: true });
      await served.close();
    },
  };
}

/** Kept between starts, so that scripts go on; made anew where others may have read them. */
async function tokensOf(folder: string): Promise<Tokens> {
  const file = join(folder, 'access.json');
  const kept = await readPrivate(file);
  if (kept) return kept;
  const token = () => randomBytes(32).toString('base64url');
  const tokens = { read: token(), write: token() };
  await writePrivate(file, tokens);
  return tokens;
}

/** Whole or not at all, and at no moment for others. */
async function writePrivate(file: string, content: object): Promise<void> {
  const fresh = `${file}.new`;
  const handle = await open(fresh, 'w', 0o600);
  try {
    await chmod(fresh, 0o600);
    await handle.writeFile(`${JSON.stringify(content, undefined, 2)}\n`);
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
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

async function listeningNear(server: Server, port: number): Promise<Listening> {
  for (let next = port; ; next += 1) {
    const found = await listening(server, next).catch((error: unknown) => {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!isTaken || next >= port + portsTried) throw error;
      return undefined;
    });
    if (found !== undefined) return found;
  }
}
