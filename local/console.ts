/**
 * The console beside the API of the embedded run: its built files, and signing in without typing. The address that is
 * printed holds a code that is good once, behind `#`, where no server and no log sees it. The page gives it for a token of
 * its own, which ends after twelve hours, is as good as the one that writes, and is worth nothing once access.json is made
 * anew. docs/decisions/0013-console.md has the reasons.
 */
import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Caller } from '../functions/api/asked.ts';
import { consoleHeaders, contentPolicy } from '../shared/contracts/console.ts';

const built = new URL('../console/dist/', import.meta.url);
const hours = 12;
const codesKept = 8;

export interface ConsoleOptions {
  /** What sessions are signed with; whoever has it may write anyway. */
  readonly key: string;
  /** Without a slash at its end; known once the server listens. */
  readonly url: () => string;
  readonly now?: () => number;
}

export interface Console {
  /** Opens the console signed in, once; undefined where it was not built. */
  link(): string | undefined;
  /** Somebody signed in: tells the link that is good from now on. */
  whenUsed(tell: (link: string) => void): void;
  /** Who a session's token stands for. */
  callerOf(token: string): Caller | undefined;
  /** Undefined: it is none of the console's. */
  answer(request: Request): Promise<Response> | undefined;
}

export function openConsole({ key, url, now = Date.now }: ConsoleOptions): Console {
  const codes: string[] = [];
  let used: (link: string) => void = () => undefined;
  const sign = (text: string) => createHmac('sha256', key).update(`console ${text}`).digest('hex');
  const link = () => {
    if (!existsSync(built)) return undefined;
    const code = randomBytes(16).toString('base64url');
    codes.push(digest(code));
    if (codes.length > codesKept) codes.shift();
    return `${url()}/#code=${code}`;
  };
  const session = () => {
    const until = (now() + hours * 3_600_000).toString(36);
    return Response.json({ token: `c-${until}-${sign(until)}` }, { headers: noStore });
  };
  const callerOf = (token: string): Caller | undefined => {
    const [, until, given] = /^c-([0-9a-z]{1,12})-([0-9a-f]{64})$/.exec(token) ?? [];
    if (until === undefined || given === undefined) return undefined;
    const isSigned = timingSafeEqual(Buffer.from(given), Buffer.from(sign(until)));
    if (!isSigned || Number.parseInt(until, 36) < now()) return undefined;
    return { name: 'local:console', mayWrite: true };
  };
  const exchange = async (request: Request) => {
    const code = (await request.text()).slice(0, 100);
    const place = codes.indexOf(digest(code));
    if (place < 0) return Response.json({ code: 'code-used' }, { status: 403, headers: noStore });
    codes.splice(place, 1);
    const next = link();
    if (next !== undefined) used(next);
    return session();
  };
  return {
    link,
    whenUsed(tell) {
      used = tell;
    },
    callerOf,
    answer(request) {
      const { pathname } = new URL(request.url);
      if (pathname === '/console/session' && request.method === 'POST') return exchange(request);
      if (pathname === '/console/link' && request.method === 'POST') {
        const isOwner = digest(bearerOf(request) ?? '') === digest(key);
        return Promise.resolve(
          isOwner ? Response.json({ link: link() }, { headers: noStore }) : nobody(),
        );
      }
      if (pathname === '/console/renewal' && request.method === 'POST') {
        const caller = callerOf(bearerOf(request) ?? '');
        return Promise.resolve(caller ? session() : nobody());
      }
      if (pathname === '/v1' || pathname.startsWith('/v1/')) return undefined;
      if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
      return fileOf(pathname);
    },
  };
}

const nobody = () => new Response(null, { status: 401 });
const digest = (code: string) => hash('sha256', code);

export const bearerOf = (request: Request): string | undefined =>
  /^Bearer ([\w-]+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];

const noStore = { 'cache-control': 'no-store' } as const;

const headers = { ...consoleHeaders, 'content-security-policy': contentPolicy() } as const;

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** A file by its name alone, or the page, which knows all other addresses. Assets bear their digest in their name. */
async function fileOf(pathname: string): Promise<Response> {
  const asset = /^\/(?:assets\/)?[\w-]+(?:\.[\w-]+)*\.(?:js|css|svg|woff2)$/.exec(pathname)?.[0];
  const name = asset?.slice(1) ?? 'index.html';
  const body = await readFile(new URL(name, built)).catch(() => undefined);
  if (!body) return asset === undefined ? notBuilt() : new Response('Not found\n', { status: 404 });
  const isLasting = name.startsWith('assets/');
  return new Response(new Uint8Array(body), {
    headers: {
      ...headers,
      'content-type': types[extname(name)] ?? 'application/octet-stream',
      'cache-control': isLasting ? 'public, max-age=31536000, immutable' : 'no-cache',
    },
  });
}

const notBuilt = () =>
  new Response(
    'The console is not built here. Run `npm run console`, and load this page again.\n',
    {
      status: 404,
      headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' },
    },
  );
