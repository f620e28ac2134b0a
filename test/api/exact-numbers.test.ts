/** Numbers that would not come back as they were written are refused at their place, wherever a configuration is looked at. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { sampleDestination, sampleSyncOf } from '../../local/sample.ts';
import { type FlowWorld, startDirectWorld } from '../flow/world.ts';

let world: FlowWorld;
let api: Awaited<ReturnType<FlowWorld['mirror']['serve']>>;
beforeAll(async () => {
  world = await startDirectWorld();
  api = await world.mirror.serve();
  await world.mirror.configs.putDestination(destination());
}, 60_000);
afterAll(() => world.close());

const destination = () => ({ ...sampleDestination(world.platform.url), id: 'crm', name: 'CRM' });
const Problem = z.object({
  problems: z
    .array(z.object({ pointer: z.string(), path: z.string(), message: z.string() }))
    .min(1),
});

/** As text: JavaScript's own numbers are none of these. */
const odd = [
  ['connection', '{"account": 23851234567890123}', 'connection/account'],
  ['connection', '{"account": 1e-140}', 'connection/account'],
  ['alerts', '{"withoutSuccessHours": 1e-140}', 'alerts/withoutSuccessHours'],
  ['guards', '{"deletesShare": 1e-140}', 'guards/deletesShare'],
  ['deadlineHours', '1e-200', 'deadlineHours'],
] as const;

test.each(odd)('%s: %s', async (name, value, place) => {
  const usual: Record<string, unknown> = {
    ...sampleSyncOf(),
    destination: 'crm',
    id: 'odd',
    name: 'Odd',
  };
  delete usual[name];
  const sync = `${JSON.stringify(usual).slice(0, -1)}, "${name}": ${value}}`;
  const calls = {
    '/syncs': [sync, `/${place}`],
    '/syncs/validate': [sync, `/${place}`],
    '/validate': [`{"destinations": [], "syncs": [${sync}]}`, `/syncs/0/${place}`],
  } as const;
  for (const [path, [body, pointer]] of Object.entries(calls)) {
    const answer = await fetch(`${api.url}/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.tokens.write}`, 'content-type': 'application/json' },
      body,
    });
    const text = await answer.text();
    expect([400, 422], `${path} ${text}`).toContain(answer.status);
    const pointers = Problem.parse(JSON.parse(text)).problems.map((each) => each.pointer);
    expect(pointers, `${path} ${text}`).toContain(pointer);
  }
});
