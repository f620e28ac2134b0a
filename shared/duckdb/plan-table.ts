/** The plan as a table: taken row by row, written as one Parquet object. */
import type { PlanRow } from '../domain/plan/plan.ts';
import { storedFormat } from '../stored.ts';
import type { Database } from './database.ts';
import { entryOf, entryType } from './mirror-table.ts';
import { cellOf, RowFile, rowOf } from './row-file.ts';
import { asParquet, literal } from './sql.ts';

const columns = {
  kind: 'VARCHAR',
  key: 'VARCHAR',
  action: 'VARCHAR',
  digest: 'UBIGINT',
  record: 'VARCHAR',
  phase: 'VARCHAR',
  chunk: 'INTEGER',
  position: 'INTEGER',
  code: 'VARCHAR',
  reason: 'VARCHAR',
  rows: 'BIGINT',
  object: 'VARCHAR',
  identity: 'UUID',
  ids: 'VARCHAR',
};

/**
 * `ids`: of what is adopted, as JSON text. `raw`: the other digest of the row, where an engine of many machines handed it over. `was`: the mirror's entry of a key that
 * is changed; NULL where it has none.
 */
const selectWithEntries = ({ raws = noRaws, where = 'true' }: Written) => `
  SELECT plan.*, raws.raw, (CASE WHEN entry.key IS NOT NULL THEN ${entryOf('entry')} END)::${entryType} AS was
  FROM plan LEFT JOIN entry ON entry.key = CASE WHEN plan.kind IN ('change', 'refresh') THEN plan.key END
    LEFT JOIN (${raws}) AS raws ON raws.key = CASE WHEN plan.digest IS NOT NULL THEN plan.key END
  WHERE ${where}`;

const noRaws = 'SELECT NULL::VARCHAR AS key, NULL::BIGINT AS raw WHERE false';

interface Written {
  /** A query of `key`, none twice, and `raw`. @default none */
  readonly raws?: string | undefined;
  /** @default all rows */
  readonly where?: string;
}

export class PlanTable {
  readonly #database: Database;
  readonly #file: RowFile;

  constructor(database: Database, folder: string) {
    this.#database = database;
    this.#file = new RowFile(database, folder, 'plan', columns);
  }

  async append(rows: readonly PlanRow[]): Promise<void> {
    await this.#file.append(rows.map(textOf));
  }

  /** From here on statements see what was appended so far. */
  async flush(): Promise<void> {
    await this.#file.flush();
  }

  /** Needs the table `entry`. */
  async write(path: string, written: Written = {}): Promise<void> {
    await this.#file.flush();
    await this.#database.run(
      `COPY (${selectWithEntries(written)}) TO ${literal(path)} ${asParquet(storedFormat)}`,
    );
  }
}

const none = cellOf(null);

function textOf(row: PlanRow): string {
  const place = 'place' in row ? row.place : undefined;
  const line = typeof place === 'object' && 'phase' in place ? place : undefined;
  const fault = faultOf(row);
  return rowOf([
    row.kind,
    cellOf(row.key),
    row.kind === 'change' ? row.action : none,
    ('digest' in row ? row.digest : undefined) ?? none,
    cellOf('record' in row ? row.record : null),
    // `held` stands in the phase alone.
    place === 'held' ? place : (line?.phase ?? none),
    line?.chunk ?? none,
    line?.position ?? none,
    cellOf(fault?.code),
    cellOf(fault?.reason),
    row.kind === 'invalid' ? row.rows : none,
    cellOf(row.kind === 'invalid' ? row.object : null),
    ('identity' in row ? row.identity : undefined) ?? none,
    cellOf('ids' in row && row.ids ? JSON.stringify(row.ids) : null),
  ]);
}

function faultOf(row: PlanRow) {
  if (row.kind === 'invalid') return row.fault;
  if (!('place' in row) || row.place === 'held') return undefined;
  return 'code' in row.place ? row.place : undefined;
}
