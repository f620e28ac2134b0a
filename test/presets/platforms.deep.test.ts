/** Four presets against platforms on real sockets that refuse, throttle and take in part as they document it. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import written from '../../docs/presets.json' with { type: 'json' };
import { type LocalMirror, startMirror } from '../../local/mirror.ts';
import { filledIn, Preset } from '../../shared/contracts/preset.ts';
import { none, type Reply, type Seen, stage } from '../platforms/stage.ts';

let mirror: LocalMirror;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'presets-'));
  mirror = await startMirror(folder);
}, 60_000);
afterAll(async () => {
  await mirror.close();
  await rm(folder, { recursive: true, force: true });
});

/** The preset as it is, but for the address and the credentials. */
async function play(id: string, answer: (seen: Seen) => Reply) {
  const { destination, sync, fill } = Preset.parse(written.find((each) => each.id === id));
  const values = new Map(Object.entries(fill).map(([name, { example }]) => [name, example]));
  const [to, of] = JSON.parse(filledIn(JSON.stringify([destination, sync]), values));
  const { id: _, name, baseUrl, authentication, ...how } = to;
  const { key, mappings, normalise = {}, connection = {} } = of;
  const staged = await stage(mirror, {
    destination: how,
    sync: { key, mappings, normalise, connection },
    answer,
  });
  return { ...staged, [Symbol.asyncDispose]: () => staged.platform.close() };
}

const rows = (...names: string[]) => names.map((name) => ({ id: name, email: `${name}@x.test` }));
const hashes = (...names: string[]) =>
  names.map((name) => createHash('sha256').update(`${name}@x.test`).digest('hex')).sort();

describe.concurrent('a preset', { timeout: 120_000 }, () => {
  test('of Meta waits where 400 and 403 mean later, and leaves who stays', async () => {
    const there = new Set<string>();
    const throttles = [
      { status: 400, body: { error: { code: 17, error_subcode: 2446079 } } },
      { status: 403, body: { error: { code: 613, error_subcode: 1487742 } } },
    ];
    await using staged = await play('meta', ({ method, body }) => {
      const throttle = throttles.shift();
      if (throttle) return throttle;
      const data: string[][] = body.payload.data;
      for (const [each = ''] of data) method === 'DELETE' ? there.delete(each) : there.add(each);
      return { body: { audience_id: '1', num_received: data.length, num_invalid_entries: 0 } };
    });
    const first = await staged.run(rows('ada', 'bea', 'cy'));
    expect(first.result?.counts?.insert).toEqual({ ...none, delivered: 3 });
    expect(staged.platform.seen).toHaveLength(3);
    await staged.run(rows('ada', 'bea'));
    expect([...there].sort()).toEqual(hashes('ada', 'bea'));
  });

  test('of TikTok waits where 200 means later, and adds and removes', async () => {
    const there = new Set<string>();
    const codes = [40100];
    await using staged = await play('tiktok', ({ body }) => {
      const code = codes.shift() ?? 0;
      const ids: string[] = body.batch_data.map(([{ id }]: [{ id: string }]) => id);
      for (const each of code === 0 ? ids : []) {
        body.action === 'delete' ? there.delete(each) : there.add(each);
      }
      return { body: { code, message: code === 0 ? 'OK' : 'Too many requests' } };
    });
    const first = await staged.run(rows('ada', 'bea'));
    expect(first.result?.counts?.insert).toEqual({ ...none, delivered: 2 });
    await staged.run(rows('bea', 'cy'));
    expect([...there].sort()).toEqual(hashes('bea', 'cy'));
  });

  test('of LinkedIn rejects the elements with a status of their own, and no others', async () => {
    const [bad = ''] = hashes('bea');
    await using staged = await play('linkedin', ({ body }) => ({
      body: {
        elements: body.elements.map(
          ({ userIds: [{ idValue }] }: { userIds: [{ idValue: string }] }) =>
            idValue === bad ? { status: 400, message: 'Invalid identifier' } : { status: 201 },
        ),
      },
    }));
    const run = await staged.run(rows('ada', 'bea', 'cy'));
    expect(run.result?.counts?.insert).toEqual({ ...none, delivered: 2, rejected: 1 });
  });

  test('of Braze rejects those that a 201 names, and takes the attribute back from who leaves', async () => {
    const members = new Map<string, boolean>();
    await using staged = await play('braze', ({ body }) => {
      const errors: object[] = [];
      body.attributes.forEach((each: Record<string, unknown>, index: number) => {
        const id = String(each['external_id']);
        if (id === 'bad')
          errors.push({ type: 'EXTERNAL_USER_ID_TOO_LARGE', input_array: 'attributes', index });
        else members.set(id, each['spring_buyers'] === true);
      });
      return { status: 201, body: { message: 'success', ...(errors.length > 0 && { errors }) } };
    });
    const people = (...names: string[]) =>
      names.map((id) => ({ id, first_name: id, last_name: 'x' }));
    const run = await staged.run(people('ada', 'bad', 'cy'));
    expect(run.result?.counts?.insert).toEqual({ ...none, delivered: 2, rejected: 1 });
    await staged.run(people('ada'));
    expect(Object.fromEntries(members)).toEqual({ ada: true, cy: false });
  });
});
