/** Two days of a small company: syncs in each state that a person meets, with what led to it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { emailOf } from './members.ts';
import { destinationOf, syncOf, type World } from './world.ts';

const hour = 3_600_000;
export const longName = `Everybody who ${'bought, returned, wrote and '.repeat(5)}came back`;
const arabic = 'عملاء النشرة الإخبارية \u202e٢٠٢٦';

const syncs = [
  [syncOf('trials', 'brevo'), 1_204],
  [syncOf('customers', 'crm'), 2_310],
  [syncOf('newsletter', 'brevo'), 1_400],
  [syncOf('lapsed', 'klaviyo', { schedule: { type: 'basic', every: '12h', from: '00:00' } }), 640],
  [syncOf('winback', 'klaviyo'), 480],
  [syncOf('loyal', 'brevo', { name: longName }), 300],
  [syncOf('readers', 'brevo', { name: arabic, schedule: { type: 'manual' } }), 210],
  [syncOf('regions', 'brevo', { schedule: { type: 'basic', every: '1h', from: '00:00' } }), 128],
  [syncOf('archive', 'brevo', { enabled: false }), 90],
  [syncOf('vip', 'crm', { schedule: { type: 'manual' } }), 77],
] as const;

export async function tellStory(world: World): Promise<void> {
  await world.reopen(54 * hour);
  for (const [sync, members] of syncs) {
    await world.export(sync.id, { from: 0, to: members }, 54 * hour);
    await world.save(destinationOf(world, sync.destination), sync);
    if (sync.id !== 'vip') await world.run(sync.id);
  }
  await secondDay(world);
  await today(world);
}

/** Each six hours some come, some change, some go. */
async function secondDay(world: World): Promise<void> {
  for (let step = 1; step <= 7; step += 1) {
    const ago = (54 - 6 * step) * hour;
    await world.reopen(ago);
    const from = step * 9;
    const changed = [from, from + 40 + ((step * 37) % 90), step] as const;
    await world.export('trials', { from, to: 1_204 + step * 21 - (step % 3) * 11, changed }, ago);
    await world.run('trials');
    await world.export(
      'customers',
      { from: step * 4, to: 2_310 + step * 17, changed: [from, from + 60, step] },
      ago,
    );
    await world.run('customers');
  }
}

/** What needs somebody today. */
async function today(world: World): Promise<void> {
  await world.reopen(3 * hour);
  const refused = Array.from({ length: 180 }, (_, index) => emailOf(300 + index * 11));
  await world.tell('crm', { rejectMembers: refused });
  await world.export(
    'customers',
    { from: 40, to: 2_480, changed: [200, 2_200, 9], keyless: 102 },
    3 * hour,
  );
  await world.run('customers');
  await world.export('newsletter', { from: 620, to: 1_400 }, 3 * hour);
  await world.run('newsletter');
  await world.export('loyal', { from: 3, to: 306, keyless: 2 }, 3 * hour);
  await world.run('loyal');
  await world.export('readers', { from: 0, to: 214 }, 3 * hour);
  await world.run('readers');
  await world.tell('klaviyo', { requirePlainBearer: 'another' });
  await world.export('winback', { from: 5, to: 500 }, 3 * hour);
  await world.run('winback');
  await world.tell('klaviyo', { mode: 'status', status: 503 });
  await world.reopen();
  await world.export('lapsed', { from: 30, to: 1_844 }, hour);
  await waits(world, 'lapsed');
}

/** Starts a run, until it waits for its platform. */
export async function waits(world: World, sync: string): Promise<string> {
  const run = await world.system().start(sync);
  if (run === undefined) throw new Error(`No run of ${sync} was opened.`);
  for (;;) {
    const found = await world.system().runs.getRun(sync, run);
    if (found?.waiting || found?.phase === 'closed') return run;
    await sleep(50);
  }
}
