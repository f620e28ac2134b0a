/** A file on this machine is looked at as a run would read it. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Session } from '../../cli/session.ts';
import { columnsOfAll } from '../../cli/table-file.ts';
import { Source } from '../../shared/contracts/sync.ts';
import { MirrorError } from '../../shared/domain/words/errors.ts';
import { Workplace } from '../duckdb/workplace.ts';

const place = await Workplace.open();
const folder = await mkdtemp(join(tmpdir(), 'files-'));
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const session = {
  absolute: (name: string) => join(folder, name),
  shown: (path: string) => path.slice(folder.length + 1),
} as Session;

async function columns(files: Record<string, string | Uint8Array>, source: object = {}) {
  for (const [name, body] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), body);
  }
  const reading = Source.parse({ bucket: 'exports', prefix: '', ...source });
  try {
    return await columnsOfAll(session, Object.keys(files), reading);
  } catch (error) {
    if (!(error instanceof MirrorError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

const semicolon = { csv: { delimiter: ';' } };

test.each<[string, Record<string, string | Uint8Array>, object, string[]]>([
  [
    'names that differ in case alone',
    { 'a.csv': 'id,EMAIL,email\n1,x,y\n' },
    {},
    ['id', 'EMAIL', 'email'],
  ],
  [
    'the settings of the sync',
    { 'a.csv': '\ufeffid;name\r\n1;Ada\r\n' },
    semicolon,
    ['id', 'name'],
  ],
  [
    'a folder that looks like a column',
    { 'country=DE/a.csv': 'id,name\n1,Ada\n' },
    {},
    ['id', 'name'],
  ],
  [
    'members that differ in case alone',
    { 'a.ndjson': '{"id":1,"attr":{"x":1,"X":2}}\n' },
    {},
    ['attr', 'id'],
  ],
  ['a cell of 3 MB', { 'a.csv': `id,name\n1,${'x'.repeat(3_000_000)}\n` }, {}, ['id', 'name']],
  ['a part without bytes', { 'a.csv': '', 'b.csv': 'id,name\n' }, {}, ['id', 'name']],
  [
    'another encoding',
    { 'a.csv': Buffer.from('id;nämé\n', 'latin1') },
    { csv: { delimiter: ';', encoding: 'latin1' } },
    ['id', 'nämé'],
  ],
  ['a name that says nothing', { 'a.txt': 'id,name\n' }, { format: 'csv' }, ['id', 'name']],
])('%s', async (_, files, source, names) => {
  expect(await columns(files, source)).toEqual(names);
});

test.each<[string, Record<string, string | Uint8Array>, string]>([
  ['bzip2', { 'a.csv': 'BZh91AY&SYx' }, 'file-unreadable: The object "a.csv" holds bzip2 data'],
  [
    'UTF-16',
    { 'a.csv': Buffer.from('\ufeffid', 'utf16le') },
    'Set csv.encoding of the source to utf-16',
  ],
  ['a JSON array', { 'a.json': '[{"id":1}]' }, 'holds a JSON array'],
  ['pretty-printed JSON', { 'a.json': '{\n  "id": 1\n}\n' }, 'holds JSON over several lines'],
  ['no name of a format', { 'a.txt': 'id' }, 'format-unknown: '],
  ['nothing', { 'a.csv': '' }, 'file-unreadable: There is nothing in a.csv'],
])('%s is called what it is', async (_, files, text) => {
  expect(await columns(files)).toContain(text);
});

test('Parquet', async () => {
  const object = await place.export(
    'names.parquet',
    `SELECT 1 AS id, 'x' AS "EMAIL", 'y' AS " email "`,
  );
  await writeFile(join(folder, 'a.parquet'), await readFile(place.object(object)));
  const reading = Source.parse({ bucket: 'exports', prefix: '' });
  expect(await columnsOfAll(session, ['a.parquet'], reading)).toEqual(['id', 'EMAIL', ' email ']);
});
