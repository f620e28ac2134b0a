/**
 * Exports by the names, markers, manifests and types that each warehouse gives them, from the listing to the rows. Made
 * here after their documents (docs/exports.md names them), since no warehouse can be asked in a test.
 */
import { readFile, stat } from 'node:fs/promises';
import { afterAll, expect, test } from 'vitest';
import { Source } from '../../shared/contracts/sync.ts';
import { findSnapshot, type ListedObject } from '../../shared/domain/words/snapshot.ts';
import { Workplace } from './workplace.ts';

const place = await Workplace.open();
afterAll(() => place[Symbol.asyncDispose]());

const members = `FROM (VALUES (1, 'ada@x.com', 12.50::DECIMAL(9, 2), TIMESTAMP '2026-01-31 10:00:00'), (2, NULL, NULL, NULL)) AS m(id, email, spent, seen)`;

interface Export {
  /** Object below the prefix → a query, written as Parquet by these options, or its text. */
  readonly objects: Readonly<
    Record<string, { sql: string; options?: string } | string | Uint8Array>
  >;
  readonly source?: object;
  readonly key?: string;
  readonly columns?: readonly string[];
  /** Values of the members 1 and 2. */
  readonly ada: readonly unknown[];
  readonly bea: readonly unknown[];
}

const none = [null, null, null];
const typed = ['ada@x.com', '12.50', '2026-01-31T10:00:00Z'];
const csv = 'id,email,spent,seen\n1,ada@x.com,12.50,2026-01-31 10:00:00\n2,,,\n';

const exports: Readonly<Record<string, Export>> = {
  Snowflake: {
    objects: {
      'part_0_0_0.snappy.parquet': {
        sql: `SELECT id::DECIMAL(38, 0) AS "ID", email AS "EMAIL", spent AS "SPENT", seen AS "SEEN" ${members}`,
        options: 'COMPRESSION snappy',
      },
      'part_0_1_0.snappy.parquet': {
        sql: `SELECT id::DECIMAL(38, 0) AS "ID", email AS "EMAIL", spent AS "SPENT", seen AS "SEEN" ${members} WHERE false`,
      },
      _SUCCESS: 'done\n',
    },
    key: 'ID',
    columns: ['EMAIL', 'SPENT', 'SEEN'],
    ada: typed,
    bea: none,
  },
  'Snowflake as CSV with its own NULL': {
    objects: {
      'part_0_0_0.csv':
        '"id","email","spent","seen"\n"1","ada@x.com","12.50","2026-01-31 10:00:00.000"\n"2",\\N,\\N,\\N\n',
      _SUCCESS: '',
    },
    source: { csv: { null: ['\\N'] } },
    ada: ['ada@x.com', '12.50', '2026-01-31 10:00:00.000'],
    bea: none,
  },
  Redshift: {
    objects: {
      '0000_part_00.parquet': {
        sql: `SELECT * ${members} WHERE id = 1`,
        options: 'COMPRESSION snappy',
      },
      '0001_part_00.parquet': { sql: `SELECT * ${members} WHERE id = 2` },
      // What an export before left: the manifest does not list it.
      '0002_part_00.parquet': {
        sql: `SELECT 9 AS id, 'x' AS email, NULL::DECIMAL(9, 2) AS spent, NULL::TIMESTAMP AS seen`,
      },
      manifest: 'REDSHIFT',
    },
    ada: typed,
    bea: none,
  },
  Athena: {
    objects: {
      '2026-01-31T0300/20260131_030000_00001_abcde_0e1f': {
        sql: `SELECT * ${members}`,
        options: 'COMPRESSION gzip',
      },
      '2026-01-31T0300/_SUCCESS': '',
    },
    source: { layout: 'folders', format: 'parquet', completeness: { by: 'marker' } },
    ada: typed,
    bea: none,
  },
  BigQuery: {
    objects: {
      '000000000000.parquet': {
        sql: `SELECT id::BIGINT AS id, email, spent::DECIMAL(38, 9) AS spent, seen AT TIME ZONE 'UTC' AS seen ${members}`,
      },
    },
    ada: ['ada@x.com', '12.500000000', '2026-01-31T10:00:00Z'],
    bea: none,
  },
  'BigQuery as JSON, whole numbers as text': {
    objects: {
      '000000000000.json':
        '{"id":"1","email":"ada@x.com","spent":12.5,"seen":"2026-01-31 10:00:00 UTC"}\n{"id":"2"}\n',
    },
    ada: ['ada@x.com', 12.5, '2026-01-31 10:00:00 UTC'],
    bea: none,
  },
  Databricks: {
    objects: {
      '2026-01-31/_started_4711': '',
      '2026-01-31/part-00000-tid-4711-0d5e-1-1-c000.snappy.parquet': {
        sql: `SELECT * ${members}`,
        options: 'COMPRESSION snappy',
      },
      '2026-01-31/_committed_4711': '{"added":[],"removed":[]}',
      '2026-01-31/_SUCCESS': '',
    },
    source: { layout: 'folders' },
    ada: typed,
    bea: none,
  },
  'Spark with a part for a task without rows': {
    objects: {
      'part-00000-0d5e-c000.json':
        '{"id":1,"email":"ada@x.com","spent":12.5,"seen":"2026-01-31T10:00:00.000Z"}\n{"id":2}\n',
      'part-00001-0d5e-c000.json': '',
      '.part-00000-0d5e-c000.json.crc': 'crc',
      _SUCCESS: '',
    },
    ada: ['ada@x.com', 12.5, '2026-01-31T10:00:00.000Z'],
    bea: none,
  },
  PostgreSQL: {
    objects: { 'members.csv': csv },
    ada: ['ada@x.com', '12.50', '2026-01-31 10:00:00'],
    bea: none,
  },
  DuckDB: {
    objects: { 'members.parquet': { sql: `SELECT * ${members}`, options: 'COMPRESSION zstd' } },
    ada: typed,
    bea: none,
  },
  'pandas as CSV, with its index and a whole number that became a float': {
    objects: {
      'members.csv': ',id,email,spent,seen\n0,1,ada@x.com,12.5,2026-01-31 10:00:00\n1,2,,,\n',
    },
    ada: ['ada@x.com', '12.5', '2026-01-31 10:00:00'],
    bea: none,
  },
  'pandas as Parquet, whole numbers beside nulls as doubles': {
    objects: {
      'members.parquet': {
        sql: `SELECT id::DOUBLE AS id, email, spent::DOUBLE AS spent, seen, id - 1 AS __index_level_0__ ${members}`,
      },
    },
    ada: ['ada@x.com', 12.5, '2026-01-31T10:00:00Z'],
    bea: none,
  },
  'Excel, as the CSV of a Western European Windows': {
    objects: {
      'members.csv': Buffer.from(
        'id;email;spent;seen\r\n1;zo\xeb@x.com;12,50;31.01.2026 10:00\r\n2;;;\r\n',
        'latin1',
      ),
    },
    source: { csv: { delimiter: ';', encoding: 'windows-1252' } },
    ada: ['zoë@x.com', '12,50', '31.01.2026 10:00'],
    bea: none,
  },
  'a spreadsheet': {
    objects: { 'members.csv': `\ufeff${csv.replaceAll(',', ';').replaceAll('\n', '\r\n')}` },
    source: { csv: { delimiter: ';' } },
    ada: ['ada@x.com', '12.50', '2026-01-31 10:00:00'],
    bea: none,
  },
};

test.each(Object.entries(exports))(
  '%s',
  async (name, { objects, source, key = 'id', columns = ['email', 'spent', 'seen'], ada, bea }) => {
    const prefix = `exports/${name}/`;
    const listed: ListedObject[] = [];
    for (const [file, body] of Object.entries(objects)) {
      const object = prefix + file;
      if (typeof body === 'string' || body instanceof Uint8Array) {
        const written = listed.slice(0, 2).map(({ key: each, size }) => ({
          url: `s3://warehouse/${each}`,
          meta: { content_length: size },
        }));
        await place.write(
          object,
          body === 'REDSHIFT' ? JSON.stringify({ entries: written }) : body,
        );
      } else
        await place.sql(
          `COPY (${body.sql}) TO '${place.object(object)}' (FORMAT parquet, ${body.options ?? 'COMPRESSION snappy'})`,
        );
      const { size } = await stat(place.object(object));
      listed.push({ key: object, etag: 'any', size, lastModified: listed.length });
    }
    const snapshot = await findSnapshot({
      source: Source.parse({ bucket: 'warehouse', prefix, ...source }),
      objects: listed,
      now: 1e9,
      markerSeen: false,
      read: async (object) => readFile(place.object(object.key), 'utf8'),
      digest: (text) => text,
    });
    const { candidates, statistics } = await place.plan({
      format: snapshot.format,
      objects: snapshot.objects.map((object) => object.key),
      key: [key],
      columns,
      reading: Source.parse({ bucket: 'warehouse', prefix, ...source }),
      csv: Source.parse({ bucket: 'warehouse', prefix, ...source }).csv,
    });
    const rows = candidates.map(({ key: each, row }) => [
      each,
      row && 'values' in row ? row.values : row,
    ]);
    expect(rows).toEqual([
      ['1', ada],
      ['2', bea],
    ]);
    expect(statistics).toMatchObject({ rows: 2, invalid: 0, duplicate: 0 });
  },
);
