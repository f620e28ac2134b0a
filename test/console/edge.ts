/**
 * CloudFront as the template has it: its function says which file an address is, its policy which headers go with it, and what
 * begins with /v1 is handed on to the API, which the gateway opens for the issuer's tokens alone, by their scope.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { runInNewContext } from 'node:vm';
import type { Synthesised } from '../cdk/synthesised.ts';
import type { Issuer } from './issuer.ts';
import type { World } from './world.ts';

const dist = join(import.meta.dirname, '../../console/dist');
const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.html': 'text/html',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export interface Edge {
  readonly url: string;
  close(): Promise<void>;
}

interface EdgeOptions {
  readonly stack: () => Synthesised;
  readonly issuer: () => Issuer;
  readonly world: World;
  /** Of sign-in.json, as the deployment writes it. */
  readonly signIn: () => object;
}

export async function startEdge({ stack, issuer, world, signIn }: EdgeOptions): Promise<Edge> {
  const server = createServer(async (request, response) => {
    const asked = new URL(request.url ?? '/', 'http://edge');
    if (asked.pathname.startsWith('/v1/')) {
      const scope = issuer().scopeOf(request.headers.authorization?.replace('Bearer ', '') ?? '');
      if (scope === undefined) {
        response.writeHead(401).end('{"message":"Unauthorized"}');
        return;
      }
      const { url, tokens } = world.api();
      const token = scope.includes('mirror/write') ? tokens.write : tokens.read;
      const { host: _, connection: __, origin: ___, ...headers } = request.headers;
      const body = await buffer(request);
      const answer = await fetch(`${url}${request.url}`, {
        method: request.method ?? 'GET',
        headers: { ...plain(headers), authorization: `Bearer ${token}` },
        ...(body.length > 0 && { body: new Uint8Array(body) }),
      });
      const { 'content-encoding': ____, ...told } = Object.fromEntries(answer.headers);
      response.writeHead(answer.status, told).end(Buffer.from(await answer.arrayBuffer()));
      return;
    }
    const { uri } = rewritten(stack(), asked.pathname);
    const file =
      uri === '/sign-in.json'
        ? Buffer.from(JSON.stringify(signIn()))
        : await readFile(join(dist, uri)).catch(() => undefined);
    response
      .writeHead(file ? 200 : 404, {
        ...headersOf(stack()),
        'content-type': types[extname(uri)] ?? 'application/octet-stream',
      })
      .end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const plain = (headers: NodeJS.Dict<string | string[]>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

function rewritten(stack: Synthesised, uri: string): { readonly uri: string } {
  const { FunctionCode } = stack.one('AWS::CloudFront::Function', 'Console/ToPage');
  return runInNewContext(`${FunctionCode}; handler(event)`, { event: { request: { uri } } });
}

function headersOf(stack: Synthesised): Record<string, string> {
  const { ResponseHeadersPolicyConfig: config } = stack.one(
    'AWS::CloudFront::ResponseHeadersPolicy',
    'Console/Headers',
  );
  const own: { Header: string; Value: string }[] = config.CustomHeadersConfig.Items;
  return {
    'content-security-policy':
      config.SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy,
    'x-content-type-options': 'nosniff',
    ...Object.fromEntries(own.map(({ Header, Value }) => [Header, Value])),
  };
}
