/**
 * The difference of two exports by DuckDB alone, counted and not kept: `joined.ts folder join|except`. `join`: one full join of
 * key and digest, the least that any way of planning does; `except`: as one would write it in SQL.
 */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { z } from 'zod';
import { columns, exportOf, stopwatch, tell } from './setup.ts';

const folder = z.string().parse(process.argv[2]);
const way = z.enum(['join', 'except']).parse(process.argv[3]);
const took = stopwatch();
const instance = await DuckDBInstance.create(':memory:', {
  memory_limit: '1024MiB',
  temp_directory: join(folder, 'spill'),
  preserve_insertion_order: 'false',
});
const connection = await instance.connect();
const [today, yesterday] = [exportOf(folder, 'today'), exportOf(folder, 'yesterday')];
const digests = (file: string) => `SELECT id, hash(${columns.join(', ')}) AS digest FROM '${file}'`;
const rows = (file: string) => `SELECT id, ${columns.join(', ')} FROM '${file}'`;
const queries = {
  join: `SELECT count(*) FILTER (b.id IS NULL), count(*) FILTER (a.digest <> b.digest), count(*) FILTER (a.id IS NULL)
    FROM (${digests(today)}) AS a FULL JOIN (${digests(yesterday)}) AS b USING (id)`,
  except: `WITH new AS (${rows(today)} EXCEPT ${rows(yesterday)}), old AS (${rows(yesterday)} EXCEPT ${rows(today)})
    SELECT (SELECT count(*) FROM new ANTI JOIN old USING (id)), (SELECT count(*) FROM new SEMI JOIN old USING (id)),
      (SELECT count(*) FROM old ANTI JOIN new USING (id))`,
};
const [found = []] = (await connection.runAndReadAll(queries[way])).getRows();
const [insert = 0, update = 0, removed = 0] = found.map(Number);
tell(took(), { insert, update, delete: removed });
