/** Whatever the API accepts goes out by `export` and in again by `apply`: changing nothing where it is, and making the very same where it is not. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { sampleDestination, sampleSyncOf } from '../../local/sample.ts';
import { isCarried } from '../../shared/contracts/json.ts';
import { cases } from '../depth.ts';
import fc from '../fast-check.ts';
import { type FlowWorld, startDirectWorld } from '../flow/world.ts';
import { audienceMirror } from './world.ts';

let world: FlowWorld;
let api: Awaited<ReturnType<FlowWorld['mirror']['serve']>>;
beforeAll(async () => {
  world = await startDirectWorld();
  api = await world.mirror.serve();
}, 60_000);
afterAll(() => world.close());

const call = (stdin: string, ...argv: string[]) =>
  audienceMirror([...argv, '--folder', world.folder], { cwd: world.folder, stdin });

const Saved = z.looseObject({ id: z.string() });

async function ask(method: string, path: string, body?: unknown) {
  const answer = await fetch(`${api.url}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${api.tokens.write}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(method === 'DELETE' && { 'if-match': '*' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { http: answer.status, text };
}

/** What YAML could take for something else, and what people paste. */
const tricky =
  'yes|no|null|~|0123|1e3|0x1F|.inf|2026-11-29|12:30:45|true|<<|=| lead|trail |#hash|a: b|- item|&anchor|*alias|!tag|%dir|@at|`tick|"quoted"|it\'s|{a}|[b]|a\nb|a\r\nb|tab\there|ÄÖ 日本 🎉|\u00a0|\u2028|\ufeff|...|---|? key|| pipe|> fold|\\n'.split(
    /\|(?! pipe)/,
  );
const text = fc.oneof(
  fc.constantFrom(...tricky),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
);
const some = <T>(value: fc.Arbitrary<T>, maxKeys = 3) => fc.dictionary(text, value, { maxKeys });
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).filter(isCarried);
const scalar = fc.oneof(text, fc.integer(), fc.boolean(), number);
const share = fc.double({ min: 0, max: 1, noNaN: true }).filter(isCarried);
const inHeader = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
const optional = <T extends Record<string, fc.Arbitrary<unknown>>>(model: T) =>
  fc.record(model, { requiredKeys: [] });

const destination = optional({
  name: text,
  headers: fc.dictionary(fc.constantFrom('x-one', 'x-two'), inHeader, { maxKeys: 2 }),
  gzip: fc.boolean(),
  concurrency: fc.integer({ min: 1, max: 4 }),
  requestsPerSecond: fc.constantFrom(0.1, 3, 1e3),
  onRefusal: fc.constantFrom('bisect', 'fail'),
  authentication: fc.constantFrom(
    { type: 'none' },
    { type: 'bearer' },
    { type: 'basic', userName: 'Zoë' },
    { type: 'apiKey', header: 'x-key' },
  ),
  signature: fc.constantFrom({}, { header: 'x-sig', timestampHeader: null, encoding: 'base64' }),
});

const sync = optional({
  name: text,
  audience: fc.record({ id: text, name: text }),
  key: fc.uniqueArray(text, { minLength: 1, maxLength: 3 }),
  extra: some(fc.oneof(fc.record({ column: text }), fc.record({ value: scalar }))),
  connection: some(scalar),
  schedule: fc.constantFrom(
    { type: 'manual' },
    { type: 'basic', every: '6h' },
    { type: 'cron', expression: '17 3 * * *', timeZone: 'Europe/Berlin' },
  ),
  guards: optional({
    deletesShare: share,
    minimumRows: fc.nat(9),
  }),
  canary: fc.constant({ records: 10, successShare: 0.5 }),
  observability: fc.constantFrom({ retainLogs: false }, { logRetentionDays: 7, logKeys: 'hmac' }),
  deadlineHours: fc.constantFrom(0.333333, 1, 72),
  enabled: fc.boolean(),
});

/** Of what is generated, what the API takes: the rest is refused by it, and so is none of this test's business. */
async function save(to: object, { extra = {}, ...of }: { extra?: object }): Promise<number> {
  const made = await ask('POST', '/destinations', {
    ...sampleDestination(world.platform.url),
    id: 'crm',
    name: 'CRM',
    ...to,
  });
  if (made.http !== 201) return 0;
  const { mappings, ...usual } = sampleSyncOf();
  const whole = { ...usual, destination: 'crm', mappings: { ...mappings, ...extra }, ...of };
  const settings = { ...whole, id: 'people' };
  // One that is unfinished may be saved where it is switched off.
  for (const enabled of [settings.enabled, false]) {
    if ((await ask('POST', '/syncs', { ...settings, enabled })).http === 201) return 2;
  }
  return 1;
}

const settingsOf = async (path: string) => {
  const { text: body, http } = await ask('GET', path);
  if (http === 404) return undefined;
  const { version: _, status: __, secrets: ___, ...settings } = Saved.parse(JSON.parse(body));
  return settings;
};

async function clear(): Promise<void> {
  await ask('DELETE', '/syncs/people');
  await ask('DELETE', '/destinations/crm');
}

test('what is saved goes out and in again as it is', async () => {
  let whole = 0;
  const runs = cases(12, 200);
  await fc.assert(
    fc.asyncProperty(destination, sync, async (to, of) => {
      const saved = await save(to, of);
      if (saved === 2) whole += 1;
      const before = [await settingsOf('/destinations/crm'), await settingsOf('/syncs/people')];
      const exported = await call('', 'export');
      expect(exported, exported.stderr).toMatchObject({ code: 0 });
      if (saved > 0) {
        const again = await call(exported.stdout, 'apply', '-f', '-');
        expect(again.stdout, again.stderr).toContain(`0 new, 0 changed, ${saved} unchanged`);
        await clear();
        const anew = await call(exported.stdout, 'apply', '-f', '-');
        expect(anew.stdout, anew.stderr).toContain(`${saved} new, 0 changed, 0 unchanged`);
      }
      const after = [await settingsOf('/destinations/crm'), await settingsOf('/syncs/people')];
      expect(after).toEqual(before);
      expect((await call('', 'export')).stdout).toBe(exported.stdout);
      await clear();
    }),
    { numRuns: runs },
  );
  expect(whole, 'that were accepted as a whole').toBeGreaterThan(runs / 4);
}, 300_000);
