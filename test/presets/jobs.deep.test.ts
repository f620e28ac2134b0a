/** Presets of platforms that do the work later, against such platforms on real sockets: added, removed, refused in part. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import written from '../../docs/presets.json' with { type: 'json' };
import { type DirectSystem, startDirect } from '../../local/direct/system.ts';
import { filledIn, Preset } from '../../shared/contracts/preset.ts';
import { none, type Reply, type Seen, stage } from '../platforms/stage.ts';

let system: DirectSystem;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'preset-jobs-'));
  system = await startDirect(folder);
}, 60_000);
afterAll(async () => {
  await system.close();
  await rm(folder, { recursive: true, force: true });
});

/** The preset as it is, but for the address, the credentials and the time between two questions. */
async function play(id: string, answer: (seen: Seen) => Reply) {
  const { destination, sync, fill } = Preset.parse(written.find((each) => each.id === id));
  const values = new Map(Object.entries(fill).map(([name, { example }]) => [name, example]));
  const hurried = JSON.stringify([destination, sync]).replace(
    /"everySeconds":\d+/g,
    '"everySeconds":1',
  );
  const [to, of] = JSON.parse(filledIn(hurried, values));
  const { id: _, name, baseUrl, authentication, ...how } = to;
  const { key, mappings, normalise = {}, connection = {} } = of;
  const staged = await stage(system, {
    destination: how,
    sync: { key, mappings, normalise, connection, audience: { id: '17', name: 'Audience' } },
    answer,
  });
  return { ...staged, [Symbol.asyncDispose]: () => staged.platform.close() };
}

const rows = (...names: string[]) =>
  names.map((id) => ({ id, email: `${id}@x.test`, first_name: id, last_name: 'X' }));
const hashOf = (name: string) => createHash('sha256').update(`${name}@x.test`).digest('hex');

/** Jobs by number, running when they are asked about first; `over` says what the end of one is. */
function jobs(over: (work: Seen) => object, running: object) {
  const work: Seen[] = [];
  const asked = new Set<number>();
  return {
    accept: (seen: Seen) => `job-${work.push(seen) - 1}`,
    ask(id: string): object {
      const at = Number(id.replace('job-', ''));
      const seen = work[at];
      if (!seen) return {};
      if (asked.has(at)) return over(seen);
      asked.add(at);
      return running;
    },
  };
}

describe.concurrent('a preset', { timeout: 120_000 }, () => {
  test('of Google Customer Match ends when Google has done its requests', async () => {
    const there = new Set<string>();
    const bad = hashOf('bea');
    const kept = jobs(
      ({ path, body }) => {
        const hashes: string[] = body.audienceMembers.map(
          (member: { userData: { userIdentifiers: { emailAddress: string }[] } }) =>
            member.userData.userIdentifiers[0]?.emailAddress,
        );
        const isRemoval = path.endsWith(':remove');
        for (const hash of hashes)
          if (isRemoval) there.delete(hash);
          else if (hash !== bad) there.add(hash);
        const at = isRemoval ? -1 : hashes.indexOf(bad);
        const errorInfo = {
          errorCounts: [
            {
              recordCount: '1',
              reason: 'PROCESSING_ERROR_REASON_DENIED_CONSENT',
              recordIndices: [at],
            },
          ],
        };
        const status = {
          requestStatus: at < 0 ? 'SUCCESS' : 'PARTIAL_SUCCESS',
          ...(at >= 0 && { errorInfo }),
        };
        return { requestStatusPerDestination: [status] };
      },
      { requestStatusPerDestination: [{ requestStatus: 'PROCESSING' }] },
    );
    await using staged = await play('google-customer-match', (seen) => {
      const [, id] = /requestStatus:retrieve\?requestId=(.+)$/.exec(seen.path) ?? [];
      return { body: id ? kept.ask(id) : { requestId: kept.accept(seen) } };
    });
    const first = await staged.run(rows('ada', 'bea', 'cem'));
    expect(first.result?.counts?.insert).toEqual({ ...none, delivered: 2, rejected: 1 });
    expect(first.result?.reasons?.[0]?.reason).toContain('DENIED_CONSENT');
    const second = await staged.run(rows('cem', 'dan'));
    expect(second.result?.counts).toMatchObject({
      insert: { ...none, delivered: 1 },
      delete: { ...none, delivered: 2 },
    });
    expect([...there].sort()).toEqual([hashOf('cem'), hashOf('dan')].sort());
  });

  test('of Brevo ends when its imports have', async () => {
    const there = new Map<string, object>();
    const kept = jobs(
      ({ body }) => {
        for (const { email, attributes } of body.jsonBody) there.set(email, attributes);
        return { id: 1, status: 'completed', name: 'import' };
      },
      { id: 1, status: 'in_process' },
    );
    await using staged = await play('brevo', (seen) => {
      const [, id] = /^\/processes\/(.+)$/.exec(seen.path) ?? [];
      if (id) return { body: kept.ask(id) };
      if (seen.path === '/contacts/import')
        return { status: 202, body: { processId: kept.accept(seen) } };
      for (const email of seen.body.emails) there.delete(email);
      return { status: 201, body: { contacts: { success: seen.body.emails, failure: [] } } };
    });
    expect((await staged.run(rows('ada', 'bea'))).result?.counts?.insert.delivered).toBe(2);
    const changed = rows('ada').map((row) => ({ ...row, last_name: 'Y' }));
    expect((await staged.run(changed)).result?.counts).toMatchObject({
      update: { ...none, delivered: 1 },
      delete: { ...none, delivered: 1 },
    });
    expect([...there]).toEqual([['ada@x.test', { FIRSTNAME: 'ada', LASTNAME: 'Y' }]]);
  });

  test('of Salesforce Marketing Cloud reads the result of each row', async () => {
    const there = new Map<string, boolean>();
    const isBad = (key: string) => key === 'bea';
    const kept = jobs(() => ({ status: { requestStatus: 'Complete', resultStatus: 'OK' } }), {
      status: { requestStatus: 'Executing' },
    });
    const work = new Map<string, Seen>();
    await using staged = await play('salesforce-marketing-cloud', (seen) => {
      const [, id = '', what] = /^\/data\/v1\/async\/(job-\d+)\/(\w+)/.exec(seen.path) ?? [];
      if (what === 'status') return { body: kept.ask(id) };
      if (what === undefined) {
        const job = kept.accept(seen);
        work.set(job, seen);
        return { status: 202, body: { requestId: job, resultMessages: [] } };
      }
      const items = work.get(id)?.body.items ?? [];
      for (const { SubscriberKey: key, IsMember } of items)
        if (!isBad(key)) there.set(key, IsMember);
      const results = items.map(({ SubscriberKey: key }: { SubscriberKey: string }) =>
        isBad(key)
          ? { status: 'Error', errorCode: 'InvalidRow', message: `${key} is too long` }
          : { status: 'OK' },
      );
      return { body: { items: results } };
    });
    const first = await staged.run(rows('ada', 'bea', 'cem'));
    expect(first.result?.counts?.insert).toEqual({ ...none, delivered: 2, rejected: 1 });
    expect(first.result?.reasons?.[0]?.reason).toContain('InvalidRow: […] is too long');
    await staged.run(rows('cem'));
    expect(Object.fromEntries(there)).toEqual({ ada: false, cem: true });
  });
});
