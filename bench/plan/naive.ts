/**
 * The difference of two exports as one would write it first: yesterday's rows in a Map, today's looked up in it,
 * the changed ones hashed and written as gzip NDJSON: `naive.ts folder`. It keeps no mirror, checks nothing, and knows
 * nothing of duplicates, failures or another configuration.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { z } from 'zod';
import { columns, type Day, exportOf, stopwatch, tell } from './setup.ts';

const folder = z.string().parse(process.argv[2]);
const took = stopwatch();
const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();

async function* read(day: Day): AsyncGenerator<{ id: string; values: string }> {
  const file = exportOf(folder, day);
  const result = await connection.stream(`SELECT id, ${columns.join(', ')} FROM '${file}'`);
  for (let chunk = await result.fetchChunk(); chunk?.rowCount; chunk = await result.fetchChunk()) {
    for (const [id, ...values] of chunk.getRows()) {
      yield { id: String(id), values: JSON.stringify(values) };
    }
  }
}

const found = { insert: 0, update: 0, delete: 0 };
const lines: string[] = [];

function change(action: keyof typeof found, id: string, text: string): void {
  found[action] += 1;
  const values: (string | number)[] = JSON.parse(text);
  const record = Object.fromEntries(columns.map((name, at) => [name, values[at]]));
  const email = createHash('sha256').update(String(record['email'])).digest('hex');
  lines.push(JSON.stringify({ key: id, action, record: { ...record, email } }));
}

const before = new Map<string, string>();
for await (const { id, values } of read('yesterday')) before.set(id, values);
for await (const { id, values } of read('today')) {
  const known = before.get(id);
  if (known === undefined) change('insert', id, values);
  else if (known !== values) change('update', id, values);
  before.delete(id);
}
for (const [id, values] of before) change('delete', id, values);
await writeFile(join(folder, 'changes.ndjson.gz'), gzipSync(lines.join('\n'), { level: 1 }));
tell(took(), found);
