/** Candidates out of DuckDB's columns: key, n, digest, cells, record, state, parked, previous. */
import { type DuckDBDataChunk, DuckDBListValue, type DuckDBValue } from '@duckdb/node-api';
import { InvariantError } from '../domain/errors.ts';
import { type MirrorEntry, mirrorStates } from '../domain/mirror.ts';
import type { Candidate } from '../domain/plan.ts';
import type { WantedRows } from './wanted-rows.ts';

/** `kind`: what the cells are. */
export function decodeCandidates(chunk: DuckDBDataChunk, kind: WantedRows['cells']): Candidate[] {
  const [keys, counts, digests, cells, records, states, parked, previous] = chunk.getColumns();
  return (keys ?? []).map((key, index) => ({
    key: text(key),
    row: row(counts?.[index], digests?.[index], cells?.[index], kind),
    mirror: entry(records?.[index], states?.[index], parked?.[index], previous?.[index]),
  }));
}

function row(
  count: DuckDBValue | undefined,
  digest: DuckDBValue | undefined,
  cells: DuckDBValue | undefined,
  kind: WantedRows['cells'],
): Candidate['row'] {
  if (typeof count !== 'bigint') return undefined;
  if (kind === 'record') {
    return typeof digest === 'bigint' ? { record: text(cells), digest } : { doubtful: true };
  }
  return typeof digest === 'bigint' ? { values: text(cells), digest } : { conflict: Number(count) };
}

function entry(
  record: DuckDBValue | undefined,
  state: DuckDBValue | undefined,
  parked: DuckDBValue | undefined,
  previous: DuckDBValue | undefined,
): MirrorEntry | undefined {
  if (state === null) return undefined;
  const known = mirrorStates.find((each) => each === state);
  if (!known || !(previous instanceof DuckDBListValue)) {
    throw new InvariantError('The mirror holds an entry of a form it never writes.');
  }
  return {
    record: text(record),
    state: known,
    parked: parked === true,
    previous: previous.items.map(text),
  };
}

function text(value: DuckDBValue | undefined): string {
  if (typeof value === 'string') return value;
  throw new InvariantError('A candidate lacks its key, values or record.');
}
