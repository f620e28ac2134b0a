/**
 * What every release stored, the code of today reads: it counts nobody twice, forgets nobody, and ends what was open. What a
 * later release stored it leaves to that release. A folder of a release that is out is never written again: where this
 * fails then, the reader of the older format is missing. Before, `npm run release:state` writes it anew.
 */
import { hash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { SqliteTable } from '../../local/direct/table.ts';
import type { Platform } from '../../local/platform/platform.ts';
import { keptRecords, storedRecords } from './golden.ts';
import { type Opened, openFolder } from './opened.ts';
import {
  type Item,
  layOut,
  placeOf,
  platformOf,
  type Release,
  readRelease,
  tell,
  versions,
} from './release.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const closer of closers.splice(0).reverse()) await closer();
});

function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'release-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function open(folder: string, at: number): Promise<Opened> {
  const opened = await openFolder(folder, at);
  closers.push(() => opened.close());
  return opened;
}

async function platformFor({ members }: Release): Promise<Platform> {
  const platform = await platformOf(members);
  closers.push(() => platform.close());
  return platform;
}

const requestsSeen = async (platform: Platform): Promise<number> =>
  z.object({ requests: z.number() }).parse(await tell(platform, 'GET', '/stats')).requests;

const openRun = async ({ stores }: Opened) =>
  (await stores.runs.getState('open')).openRun?.run ?? '';

/** Rows of its last export, but the one whose address is none. */
const rowsOf = (folder: string, sync: string) =>
  readFileSync(join(folder, `snapshots/exports/${sync}/people.csv`), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .filter((row) => row.includes('@')).length;

/** Of what a later release wrote, in a number of its own or in one within. */
const isLater = (item: Readonly<Record<string, unknown>>): boolean =>
  /"format":9/.test(JSON.stringify(item));

/** The numbers that this release gave, and what it said of plans. */
const numbersOf = ({ format, mirror, plan }: Item) => ({
  format,
  ...(mirror !== undefined && { mirror }),
  ...(plan !== undefined && { plan }),
});

function fileIn(folder: string, name: RegExp): string {
  const state = join(folder, 'state');
  const found = readdirSync(state, { recursive: true, encoding: 'utf8' }).find((each) =>
    name.test(each),
  );
  if (found === undefined) throw new Error(`The release has no object like ${name}.`);
  return join(state, found);
}

interface Later {
  readonly items?: readonly Item[];
  readonly messages?: Release['messages'];
  readonly object?: RegExp;
  readonly alter?: (body: Buffer) => Buffer;
}

/** Each kind of thing that is stored, with a number from the future. */
function laterThings(place: string, { items, messages }: Release): Readonly<Record<string, Later>> {
  const item = (
    pk: RegExp,
    sk: RegExp,
    alter: (item: Item) => object = () => ({ format: 9 }),
  ): Later => ({
    items: items.map((each) =>
      pk.test(each.pk) && sk.test(each.sk) ? { ...each, ...alter(each) } : each,
    ),
  });
  const text = (body: Buffer) => Buffer.from(body.toString().replace('"format":1', '"format":9'));
  const object = (name: RegExp, alter: (body: Buffer) => Buffer): Later => ({
    object: name,
    alter,
  });
  const lines = (body: Buffer) => gzipSync(text(gunzipSync(body)));
  return {
    'a sync': item(/^SYNCS$/, /^closed$/),
    'a destination': item(/^DESTINATIONS$/, /./),
    'a state': item(/^STATES$/, /^closed$/),
    'the state of a sync with an open run': item(/^STATES$/, /^open$/),
    'a mirror': item(/^STATES$/, /^closed$/, ({ mirror }) => ({
      mirror: Object.assign({}, mirror, { format: 9 }),
    })),
    'a run': item(/^SYNC#open$/, new RegExp(messages[0] ? runOf(messages[0].body) : '')),
    'a pending chunk': item(/^RUN#/, /./),
    'a message': {
      messages: messages.map(({ queue, body }) => ({
        queue,
        body: body.replace('"format":1', '"format":9'),
      })),
    },
    'a configuration': object(new RegExp(`${runOf(messages[0]?.body ?? '')}/config.json$`), text),
    'a chunk': object(/runs.open.*chunks.upserting.1/, lines),
    progress: object(/runs.open.*progress.*gz$/, lines),
    outcomes: object(/runs.open.*outcomes.deleting.0/, lines),
    'a plan': laterPlan(place, items, runOf(messages[0]?.body ?? '')),
  };
}

/** The number stands in the file's own words, and the run says what the whole file is. */
function laterPlan(place: string, items: readonly Item[], run: string): Later {
  const object = new RegExp(`${run}/.*plan.parquet$`);
  const alter = (body: Buffer) => {
    const later = Buffer.from(body);
    later[later.indexOf('1', later.lastIndexOf('format'))] = '9'.charCodeAt(0);
    return later;
  };
  const sha256 = hash('sha256', alter(readFileSync(fileIn(place, object))));
  const told = (item: Item) => {
    const Told = z.looseObject({ plan: z.looseObject({ content: z.looseObject({}) }) });
    const { plan } = Told.parse(item);
    return { ...item, plan: { ...plan, content: { ...plan.content, sha256 } } };
  };
  return { object, alter, items: items.map((each) => (each['id'] === run ? told(each) : each)) };
}

const runOf = (body: string): string => String(JSON.parse(body).run);

describe.each(versions())('what release %s stored', (version) => {
  const place = placeOf(version);
  const release = readRelease(place);

  test('a sync without a change is unchanged, also where its mirror is read, and the platform hears nothing', async () => {
    const folder = folderOf();
    await layOut(place, folder, release.items);
    const platform = await platformFor(release);
    const before = await requestsSeen(platform);
    const opened = await open(folder, release.at);
    expect(await opened.start('closed')).toMatchObject({ status: 'unchanged' });
    // The same rows under another name are another snapshot: now mirror, digests and records are read.
    const exports = join(folder, 'snapshots/exports/closed');
    cpSync(join(exports, 'people.csv'), join(exports, 'again.csv'));
    rmSync(join(exports, 'people.csv'));
    writeFileSync(join(exports, '_SUCCESS'), '');
    const members = rowsOf(place, 'closed');
    expect(await opened.start('closed')).toMatchObject({
      status: 'succeeded',
      result: { counts: { mirror: { before: members, after: members }, unchanged: members } },
    });
    expect(await requestsSeen(platform)).toBe(before);
    expect(opened.failed).toEqual([]);
  });

  test.each([
    ['what was queued', (opened: Opened) => opened.take(release.messages)],
    ['sweep', (opened: Opened) => opened.sweep()],
  ])('an open run goes on by %s, and ends with the platform equal', async (_, goOn) => {
    const folder = folderOf();
    await layOut(place, folder, release.items);
    const platform = await platformFor(release);
    const opened = await open(folder, release.at);
    const run = await openRun(opened);
    await goOn(opened);
    expect(await opened.ended('open', run)).toMatchObject({
      status: 'succeeded',
      result: { counts: { snapshot: { invalid: 1 }, update: { delivered: 4 } } },
    });
    expect(platform.members('open').size).toBe(rowsOf(place, 'open'));
    expect(opened.failed).toEqual([]);
    expect(await opened.start('open')).toMatchObject({ status: 'unchanged' });
  });

  test('a held run is approved, and its deletes go out', async () => {
    const folder = folderOf();
    await layOut(place, folder, release.items);
    const platform = await platformFor(release);
    const opened = await open(folder, release.at);
    const { lastRun = '' } = await opened.stores.runs.getState('held');
    const held = await opened.stores.runs.getRun('held', lastRun);
    expect(held?.status).toBe('held');
    expect(await opened.approve('held', lastRun)).toMatchObject({ status: 'succeeded' });
    expect(platform.members('held').size).toBe(rowsOf(place, 'held'));
  });

  test.each(Object.entries(laterThings(place, release)))(
    '%s of a later release is refused in words, left as it is, and read by that release again',
    async (_, { items = release.items, messages = release.messages, object, alter }) => {
      const folder = folderOf();
      await layOut(place, folder, items);
      const file = object && fileIn(folder, object);
      const kept = file && readFileSync(file);
      const planted = file && kept && alter ? alter(kept) : undefined;
      if (file && planted) writeFileSync(file, planted);
      const platform = await platformFor(release);
      const before = new Map(platform.members('open'));
      const opened = await open(folder, release.at);
      await opened.start('closed');
      await opened.take(messages);
      await opened.still();
      await opened.sweep();
      expect(opened.failed).toContain('format-newer');
      expect(opened.failed.filter((code) => code !== 'format-newer')).toEqual([]);
      for (const each of items.filter(isLater))
        expect(await opened.stores.table.get(each)).toEqual(each);
      if (file) expect(readFileSync(file)).toEqual(planted);
      expect([...before.keys()].filter((member) => !platform.members('open').has(member))).toEqual(
        [],
      );
      await opened.close();

      // The later release is deployed again: for it, nothing is newer than itself.
      if (file && kept) writeFileSync(file, kept);
      const table = new SqliteTable(join(folder, 'state.db'));
      for (const each of release.items) {
        const found = await table.get(each);
        if (found && (isLater(found) || found['plan']))
          await table.put({ ...each, ...found, ...numbersOf(each) });
      }
      table.close();
      const again = await open(folder, release.at + 60_000);
      const run = await openRun(again);
      await again.sweep();
      if (run !== '') await again.ended('open', run);
      expect(platform.members('open').size).toBe(rowsOf(place, 'open'));
      expect((await again.start('closed'))?.status).toMatch(/^(unchanged|succeeded)$/);
      expect(platform.members('closed').size).toBe(rowsOf(place, 'closed'));
      expect(again.failed).toEqual([]);
    },
  );
});

test('one fingerprint, one record: another record needs another revision', () => {
  const today = storedRecords();
  for (const [name, kept] of Object.entries(keptRecords())) {
    const now = today[name];
    if (now?.fingerprint === kept.fingerprint) expect(now.made, name).toEqual(kept.made);
  }
  // With a new revision of `shared/domain/record/fingerprint.ts`, every member is looked at once, and this is written anew.
  expect(today).toEqual(keptRecords());
});
