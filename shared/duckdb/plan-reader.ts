/** Reads a plan that is kept: the object is fetched whole, and DuckDB finds the rows. */

import { join } from 'node:path';
import { ChunkLine } from '../contracts/plan.ts';
import type { StateStore } from '../ports/objects.ts';
import type { PlanQuestion, PlanReader } from '../ports/plan-reader.ts';
import { Database, type DatabaseLimits } from './database.ts';
import { openScratch } from './scratch.ts';
import { literal, pathPattern, shielded, unshielded } from './sql.ts';

export interface PlanReaderOptions extends DatabaseLimits {
  readonly state: Pick<StateStore, 'list' | 'download'>;
  /** Folder for the object in passing; each query has its own below it. */
  readonly scratch: string;
}

export function createPlanReader(options: PlanReaderOptions): PlanReader {
  return {
    async find(location, question) {
      if (!(await options.state.list(location)).includes(location)) return undefined;
      const scratch = await openScratch(options.scratch, 'plan');
      let database: Database | undefined;
      try {
        const file = join(scratch.folder, 'plan.parquet');
        await options.state.download(location, file);
        database = await Database.open(scratch.folder, options);
        return await read(database, file, question);
      } finally {
        database?.close();
        await scratch.remove();
      }
    },
  };
}

async function read(database: Database, file: string, question: PlanQuestion) {
  const rows = await database.rows(`
    SELECT ${shielded('key')}, action, ${shielded('record')}
    FROM read_parquet(${literal(pathPattern(file))}, hive_partitioning = false)
    WHERE ${conditionsOf(question).join(' AND ')}
    ORDER BY key, position LIMIT ${question.limit}`);
  return rows.map(([key, action, record]) =>
    ChunkLine.parse({ key: unshielded(String(key)), action, record: unshielded(String(record)) }),
  );
}

const conditionsOf = ({ action, part }: PlanQuestion): string[] => [
  "kind = 'change' AND chunk IS NOT NULL AND record IS NOT NULL",
  ...(action ? [`action = ${literal(action)}`] : []),
  ...(part
    ? [
        `phase = ${literal(part.phase)} AND chunk = ${part.chunk}`,
        `position >= ${part.from} AND position < ${part.to}`,
      ]
    : []),
];
