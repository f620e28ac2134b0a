/**
 * The API's document as others read it: linters without a finding, makers of clients that make them whole, and a player
 * of calls that finds no answer which the document does not say. Who can't be had is told in a line, and fails nothing.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { sampleDestination, sampleSyncOf } from '../../local/sample.ts';
import { type ApiWorld, startApiWorld } from '../api/world.ts';
import { installed, type Package } from '../aws/others/installed.ts';
import { seed } from '../seed.ts';
import { ofNode, ofPython } from './fetched.ts';

const document = resolve(import.meta.dirname, '../../docs/openapi.json');
const execute = promisify(execFile);
let folder: string;
let world: ApiWorld;
let address: { readonly url: string; readonly token: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'judges-'));
  world = await startApiWorld();
  const { url } = z
    .object({ url: z.string() })
    .parse(JSON.parse(await readFile(join(world.folder, 'endpoint.json'), 'utf8')));
  const { write } = z
    .object({ write: z.string() })
    .parse(JSON.parse(await readFile(join(world.folder, 'access.json'), 'utf8')));
  address = { url: `${url}/v1`, token: write };
}, 60_000);
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

/** Undefined where it can't be had. */
async function at(judge: Package): Promise<string | undefined> {
  const found = await installed(judge, false);
  if ('folder' in found) return found.folder;
  console.info(`${judge.name} (${judge.registry}): not asked: ${found.missing}.`);
  return undefined;
}

/** What it said, whatever it ended with. */
async function said(command: string, args: string[]): Promise<{ code: number; text: string }> {
  const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024, timeout: 300_000 };
  try {
    const { stdout, stderr } = await execute(command, args, options);
    return { code: 0, text: stdout + stderr };
  } catch (error) {
    const failed = z
      .looseObject({ code: z.unknown(), stdout: z.string(), stderr: z.string() })
      .parse(error);
    return { code: Number(failed.code ?? 1), text: failed.stdout + failed.stderr };
  }
}

test('Spectral and Redocly find nothing', { timeout: 300_000 }, async () => {
  const judge = await at(ofNode);
  if (judge === undefined) return;
  const bin = join(judge, 'node_modules/.bin');
  await writeFile(join(folder, 'spectral.yaml'), 'extends: ["spectral:oas"]\n');
  const spectral = ['lint', '--ruleset', 'spectral.yaml', '--fail-severity', 'hint', document];
  const found = await said(join(bin, 'spectral'), spectral);
  expect(found.code, found.text).toBe(0);
  const redocly = await said(join(bin, 'redocly'), ['lint', '--format=summary', document]);
  expect(redocly.code, redocly.text).toBe(0);
  expect(redocly.text).not.toMatch(/\d+ warnings?\b/);
});

const destination = () => ({
  ...sampleDestination('http://127.0.0.1:9'),
  id: 'made',
  name: 'Made',
});
const sync = () => ({ ...world.sync('made'), destination: 'made', enabled: false });

test('openapi-typescript makes types by which the main job is written', {
  timeout: 300_000,
}, async () => {
  const judge = await at(ofNode);
  if (judge === undefined) return;
  const bin = join(judge, 'node_modules/.bin');
  const made = await said(join(bin, 'openapi-typescript'), [document, '-o', 'api.d.ts']);
  expect(made.code, made.text).toBe(0);
  const program = `import type { components, paths } from './api.d.ts';
    type Schemas = components['schemas'];
    export const destination: Schemas['DestinationSettings'] = ${JSON.stringify(destination())};
    export const sync: Schemas['SyncSettings'] = ${JSON.stringify(sync())};
    type Started = paths['/syncs/{id}/runs']['post']['responses'][202]['content']['application/json'];
    export const ended = (run: Started): string => run.status ?? run.phase;
    export const plight = (one: Schemas['Sync']): 'equal' | string => one.status.state;`;
  await writeFile(join(folder, 'job.ts'), program);
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext'];
  const checked = await said(join(bin, 'tsc'), [
    ...options,
    ...['--moduleResolution', 'nodenext', '--allowImportingTsExtensions', 'job.ts'],
  ]);
  expect(checked.code, checked.text).toBe(0);
});

test('openapi-python-client makes a whole client, which does the main job', {
  timeout: 300_000,
}, async () => {
  const judge = await at(ofPython);
  if (judge === undefined) return;
  const client = join(judge, 'bin/openapi-python-client');
  const args = ['generate', '--path', document, '--meta', 'none', '--output-path', 'mirror_client'];
  const made = await said(client, args);
  expect(made.code, made.text).toBe(0);
  expect(made.text).not.toMatch(/WARNING|Unable|removal/);
  const files = await readdir(join(folder, 'mirror_client/api'), { recursive: true });
  const { paths } = z
    .looseObject({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .parse(JSON.parse(await readFile(document, 'utf8')));
  const operations = Object.values(paths).flatMap((path) => Object.keys(path));
  const modules = files.filter((name) => name.endsWith('.py') && !name.endsWith('__init__.py'));
  expect(modules).toHaveLength(operations.length);
  const job = `
from mirror_client import AuthenticatedClient
from mirror_client.models import DestinationSettings, SyncSettings, StartRun
from mirror_client.api.destinations import create_destination, delete_destination
from mirror_client.api.syncs import create_sync, read_sync, delete_sync
from mirror_client.api.runs import start_run, read_run
import json, sys
given = json.load(sys.stdin)
client = AuthenticatedClient(base_url=given["url"], token=given["token"])
def ok(answer, status):
    assert answer.status_code == status, answer.content
    return answer.parsed
ok(create_destination.sync_detailed(client=client, body=DestinationSettings.from_dict(given["destination"])), 201)
made = ok(create_sync.sync_detailed(client=client, body=SyncSettings.from_dict(given["sync"])), 201)
assert made.status.state == "new", made.status.state
run = ok(start_run.sync_detailed("made", client=client, body=StartRun(dry_run=True)), 202)
for _ in range(20):
    run = ok(read_run.sync_detailed("made", run.id, client=client, wait="5"), 200)
    if run.phase == "closed": break
assert run.status == "succeeded", run
ok(delete_sync.sync_detailed("made", client=client, if_match="*"), 204)
ok(delete_destination.sync_detailed("made", client=client, if_match="*"), 204)
print("done")
`;
  await writeFile(join(folder, 'job.py'), job);
  const given = { ...address, destination: destination(), sync: sync() };
  await writeFile(join(folder, 'given.json'), JSON.stringify(given));
  const done = await said('/bin/sh', ['-c', `"${join(judge, 'bin/python')}" job.py < given.json`]);
  expect(done.text).toContain('done');
});

/** Seconds of each seed: the calls that fit into it are counted below. */
const seeds = [seed, seed + 1, seed + 2];
const secondsEach = 70;
const callsWanted = 5_000;

test('Schemathesis finds no failure of ours', { timeout: 400_000 }, async () => {
  const judge = await at(ofPython);
  if (judge === undefined) return;
  await world.ask('POST /destinations', { body: world.destination('crm') });
  await world.ask('POST /syncs', { body: { ...sampleSyncOf(), ...world.sync('customers') } });
  let calls = 0;
  for (const each of seeds) {
    const args = ['run', document, '--url', address.url, '--seed', String(each)];
    const ended = await said(join(judge, 'bin/schemathesis'), [
      ...args,
      ...['--header', `Authorization: Bearer ${address.token}`],
      // A run may be waited for, and what takes people off a platform is played as well as all else.
      ...['--checks', 'not_a_server_error,status_code_conformance,response_schema_conformance'],
      ...['--phases', 'examples,coverage,fuzzing,stateful', '--max-time', String(secondsEach)],
      ...['--workers', '2', '--request-timeout', '30', '--no-color', '--no-shrink'],
      ...['--continue-on-failure', '--warnings', 'off'],
    ]);
    calls += Number(/(\d[\d,]*) generated/.exec(ended.text)?.[1]?.replaceAll(',', '') ?? 0);
    // It ends with 1 where it failed itself, too: what it found of ours has a heading of its own.
    expect(ended.text, `seed ${each}`).toMatch(/ generated, /);
    expect(ended.text).not.toMatch(/^=+ FAILURES =+$|\d+ failed/m);
  }
  console.info(`Schemathesis: ${calls} calls of ${seeds.length} seeds, of ${callsWanted} wanted`);
});
