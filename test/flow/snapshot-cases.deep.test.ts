/** Exports as they really come, from a bucket and from files of this machine: the same members, or the same refusal. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Counts } from '../../shared/contracts/counts.ts';
import { DestinationInput } from '../../shared/contracts/destination.ts';
import { SyncInput } from '../../shared/contracts/sync.ts';
import { total } from '../../shared/domain/run/counts.ts';
import { audienceMirror } from '../cli/world.ts';
import { type Export, type Files, type SnapshotCase, snapshotCases } from './snapshot-cases.ts';
import { type FlowWorld, grounds, runOnce, startDirectWorld } from './world.ts';

const folder = await mkdtemp(join(tmpdir(), 'snapshot-cases-'));
const cases = (await snapshotCases(folder)).map((each, index) => ({ ...each, index }));

let world: FlowWorld;
afterAll(() => rm(folder, { recursive: true, force: true }));

const path = '/audiences/{{connection.audienceId}}/members';
const destinationOf = (baseUrl: string) => ({
  id: 'platform',
  name: 'Platform',
  baseUrl,
  actions: {
    insert: { path, body: '{"members": [$$.records.{"email": email, "name": name}]}' },
    update: 'insert',
    delete: { method: 'DELETE', path, body: '{"members": [$$.records.{"email": email}]}' },
  },
});

const syncOf = (id: string, { source, key = 'id', name = 'name' }: SnapshotCase) => ({
  id,
  name: id,
  destination: 'platform',
  audience: { id, name: id },
  source: { bucket: 'audience-mirror-snapshots', prefix: `exports/${id}/`, ...source },
  key: [key],
  mappings: { email: { column: key }, name: { column: name } },
  guards: { deletesAbove: 1_000 },
});

async function holds(audience: string) {
  const { body } = await request(`${world.platform.url}/audiences/${audience}/members?limit=1000`);
  const { members } = z
    .object({ members: z.array(z.record(z.string(), z.unknown())) })
    .parse(await body.json());
  return members.map(({ email, name }) =>
    name === undefined || name === null ? [email] : [email, name],
  );
}

/** What a run and a command both tell. */
interface Told {
  readonly refused?: string | undefined;
  readonly result?:
    | { readonly status?: string | undefined; readonly counts?: Counts | undefined }
    | undefined;
  readonly warnings: string;
}

async function put(top: string, files: Files): Promise<void> {
  await rm(top, { recursive: true, force: true });
  for (const [name, body] of Object.entries(files)) {
    await mkdir(dirname(join(top, name)), { recursive: true });
    await writeFile(join(top, name), body);
  }
}

async function judge(audience: string, wanted: Export, told: Told): Promise<void> {
  if (wanted.refused !== undefined) {
    expect(told.refused ?? 'It was not refused.').toContain(wanted.refused);
    expect(told.refused).not.toMatch(/Ada|Bea/);
    return;
  }
  if (!wanted.isHeld) expect(told.refused).toBeUndefined();
  expect(await holds(audience)).toEqual(wanted.holds);
  const { counts, status } = told.result ?? {};
  expect(status === 'held').toBe(wanted.isHeld ?? false);
  expect(counts?.snapshot.invalid ?? 0).toBe(wanted.invalid ?? 0);
  if (wanted.isSame && counts) {
    const { insert, reinsert, update, delete: removed } = counts;
    expect([insert, reinsert, update, removed].map(total)).toEqual([0, 0, 0, 0]);
  }
  if (wanted.warned !== undefined) expect(told.warnings).toContain(wanted.warned);
}

describe.each(grounds)('from a bucket, $on', ({ start, on }) => {
  beforeAll(async () => {
    world = await start();
  });
  afterAll(() => world.close());

  /** The marker comes last. Where each export has a folder of its own, those of before stay. */
  async function exported(id: string, files: Files, isByFolders: boolean): Promise<void> {
    if (on === 'in one process') {
      const top = join(world.folder, 'snapshots', 'exports', id);
      if (!isByFolders) await rm(top, { recursive: true, force: true });
      for (const [name, body] of Object.entries(isByFolders ? files : { ...files, _SUCCESS: '' })) {
        await mkdir(dirname(join(top, name)), { recursive: true });
        await writeFile(join(top, name), body);
      }
      return;
    }
    const [[first = ''] = []] = Object.entries(files);
    const below = isByFolders ? first.slice(0, first.indexOf('/') + 1) : '';
    const data = Object.entries(files).filter(([name]) => !name.endsWith('_SUCCESS'));
    const bytes = data.map(
      ([name, body]) => [name.slice(below.length), Buffer.from(body)] as const,
    );
    await world.mirror.export(`exports/${id}/${below}`, new Map(bytes));
  }

  test.each(cases.filter(({ only }) => only !== 'command'))('$is', async (each) => {
    const { mirror, platform } = world;
    const id = `bucket-${each.index}`;
    const destination = DestinationInput.parse(destinationOf(platform.url));
    await mirror.save(destination, SyncInput.parse(syncOf(id, each)));
    const isByFolders = each.source !== undefined && 'layout' in each.source;
    for (const wanted of each.exports) {
      await exported(id, wanted.files, isByFolders);
      const { result } = await runOnce(mirror, id);
      const warnings = JSON.stringify(result?.warnings ?? []);
      await judge(id, wanted, { result, refused: result?.error?.message, warnings });
    }
  });
});

describe('as files of this machine', () => {
  beforeAll(async () => {
    world = await startDirectWorld();
    await world.mirror.serve();
  });
  afterAll(() => world.close());

  const Printed = z.object({
    run: z.object({
      status: z.string(),
      counts: Counts.optional(),
      error: z.object({ message: z.string() }).optional(),
      warnings: z.array(z.unknown()).optional(),
    }),
  });

  test.each(cases.filter(({ only }) => only !== 'bucket'))('$is', async (each) => {
    const id = `command-${each.index}`;
    const cwd = join(folder, id);
    const documents = [
      { kind: 'destination', ...destinationOf(world.platform.url) },
      { kind: 'sync', ...syncOf(id, each) },
    ];
    for (const wanted of each.exports) {
      await put(cwd, wanted.files);
      await writeFile(
        join(cwd, 'd.yaml'),
        documents.map((part) => JSON.stringify(part)).join('\n---\n'),
      );
      const files = Object.keys(wanted.files).filter((name) => !name.startsWith('_'));
      const args = [
        'mirror',
        ...files,
        '--destination',
        'd.yaml',
        '--folder',
        world.folder,
        '--json',
      ];
      const { code, stdout, stderr } = await audienceMirror(args, { cwd });
      const { run } = stdout === '' ? {} : Printed.parse(JSON.parse(stdout));
      expect(code === 0, stderr).toBe(wanted.refused === undefined);
      await judge(id, wanted, {
        result: run,
        refused: run?.error?.message ?? (run || code === 0 ? undefined : stderr),
        warnings: JSON.stringify(run?.warnings ?? []),
      });
    }
  });
});
