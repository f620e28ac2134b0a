/** Rows that go to DuckDB and come back as they were, whatever their texts hold. */
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Database } from '../../shared/duckdb/database.ts';
import { cellOf, copyLines, RowFile, readLines, rowOf } from '../../shared/duckdb/row-file.ts';
import { openScratch } from '../../shared/duckdb/scratch.ts';
import fc from '../fast-check.ts';
import { Workplace } from './workplace.ts';

const place = await Workplace.open();
const scratch = await openScratch(place.folder, 'rows');
const database = await Database.open(scratch.folder, { memoryLimitMb: 500, threads: 2 });
afterAll(async () => {
  database.close();
  await place[Symbol.asyncDispose]();
});

const control = fc.constantFrom(
  ...Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)),
);
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.oneof(control, fc.constantFrom('"', '\\', ',', '\u001b', '\ufeff', 'a')) }),
  fc.constantFrom('', 'NULL', '\u001b', '\u001b"x"', '\u2028', '#', '='),
);
const columns = { place: 'INTEGER', text: 'VARCHAR', other: 'VARCHAR', digest: 'UBIGINT' };

test('texts, numbers and what is missing come back as they went', async () => {
  let files = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.option(text), text, fc.option(fc.bigInt(0n, 2n ** 64n - 1n))), {
        maxLength: 30,
      }),
      async (rows) => {
        const name = `t${++files}`;
        const file = new RowFile(database, scratch.folder, name, columns);
        await file.append(
          rows.map(([first, second, digest], index) =>
            rowOf([index, cellOf(first), cellOf(second), cellOf(digest?.toString())]),
          ),
        );
        await file.flush();
        const path = join(scratch.folder, `${name}.lines`);
        const cells = `to_json(place), to_json("text"), to_json(other), to_json(digest::VARCHAR)`;
        await database.run(
          copyLines(
            `SELECT to_json([${cells}])::VARCHAR AS line FROM ${name} ORDER BY place`,
            path,
          ),
        );
        const found: unknown[] = [];
        for await (const lines of readLines(path)) found.push(...lines);
        expect(found).toEqual(
          rows.map(([first, second, digest], index) => [
            index,
            first,
            second,
            digest?.toString() ?? null,
          ]),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test('a row longer than the others is read whole', async () => {
  const file = new RowFile(database, scratch.folder, 'long', { text: 'VARCHAR' });
  const long = 'ä'.repeat(6 * 1_048_576);
  await file.append([rowOf([cellOf('a')]), rowOf([cellOf(long)]), rowOf([cellOf('b')])]);
  await file.flush();
  const rows = await database.rows('SELECT length(text) FROM long ORDER BY ALL');
  expect(rows.map(([length]) => Number(length))).toEqual([1, 1, long.length]);
});
