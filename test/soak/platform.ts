/** The soak's platform: members by audience on a real socket, and faults of most kinds for a share of the requests. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Random } from '../simulation/random.ts';

const Sent = z.object({
  members: z.array(z.object({ id: z.string(), name: z.string().optional() })),
});

const faults = [
  '500 before',
  '500 after',
  'dropped before',
  'dropped after',
  '429',
  '400 later',
  'slow',
  'half',
] as const;

export interface SoakPlatform {
  readonly url: string;
  /** Names by id, by audience. */
  readonly audiences: Map<string, Map<string, string>>;
  readonly counts: Map<string, number>;
  /** Share of requests that meet a fault. */
  faultShare: number;
  close(): void;
}

/** `removing`: told of each member that a request removes, before it is. */
export async function servePlatform(
  random: Random,
  removing: (audience: string, id: string) => void,
): Promise<SoakPlatform> {
  const audiences = new Map<string, Map<string, string>>();
  const counts = new Map<string, number>();
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  const apply = (method: string, audience: string, members: z.infer<typeof Sent>['members']) => {
    const held = audiences.get(audience) ?? new Map<string, string>();
    audiences.set(audience, held);
    for (const { id, name = '' } of members) {
      if (method === 'DELETE') removing(audience, id);
      if (method === 'DELETE') held.delete(id);
      else held.set(id, name);
    }
  };
  const answer = async (response: ServerResponse, method: string, url: string, body: string) => {
    count('requests');
    const { members } = Sent.parse(JSON.parse(body));
    const audience = url.split('/')[2] ?? '';
    const fault = random.chance(platform.faultShare) ? random.pick(faults) : undefined;
    if (fault) count(fault);
    if (fault === 'slow') await sleep(random.between(500, 3_000));
    if (fault === 'half') apply(method, audience, members.slice(0, members.length / 2));
    const isApplied = fault === undefined || fault.endsWith('after') || fault === 'slow';
    if (isApplied) apply(method, audience, members);
    if (fault?.startsWith('dropped')) return void response.destroy();
    if (fault?.startsWith('500') || fault === 'half') return void response.writeHead(500).end();
    if (fault === '429') return void response.writeHead(429, { 'retry-after': '1' }).end();
    if (fault === '400 later') return void response.writeHead(400).end('{"again": 1}');
    response.end('{"ok": true}');
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    const { method = '', url = '' } = request;
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('error', () => {})
      .on('end', () => void answer(response, method, url, Buffer.concat(chunks).toString()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  const platform = { url: `http://127.0.0.1:${port}`, audiences, counts, faultShare: 0, close };
  return platform;
}
