/** The difference of two exports by a merge of both, sorted, row by row in Node, counted and not kept: `merged.ts folder`. */
import { DuckDBInstance } from '@duckdb/node-api';
import { z } from 'zod';
import { columns, type Day, exportOf, stopwatch, tell } from './setup.ts';

const folder = z.string().parse(process.argv[2]);
const took = stopwatch();
const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();

async function* read(day: Day): AsyncGenerator<readonly [id: string, values: string]> {
  const file = exportOf(folder, day);
  const own = await instance.connect();
  const result = await own.stream(`SELECT id, ${columns.join(', ')} FROM '${file}' ORDER BY id`);
  for (let chunk = await result.fetchChunk(); chunk?.rowCount; chunk = await result.fetchChunk()) {
    for (const [id, ...values] of chunk.getRows()) yield [String(id), JSON.stringify(values)];
  }
}

const found = { insert: 0, update: 0, delete: 0 };
const [before, after] = [read('yesterday'), read('today')];
let [old, now] = [await before.next(), await after.next()];
while (!old.done || !now.done) {
  if (old.done || (!now.done && now.value[0] < old.value[0])) {
    found.insert += 1;
    now = await after.next();
  } else if (now.done || old.value[0] < now.value[0]) {
    found.delete += 1;
    old = await before.next();
  } else {
    if (old.value[1] !== now.value[1]) found.update += 1;
    [old, now] = [await before.next(), await after.next()];
  }
}
connection.closeSync();
tell(took(), found);
