/** Candidates out of DuckDB's columns: shielded key, n, digest, cells, record, state, parked, previous. */
import { type DuckDBDataChunk, DuckDBListValue, type DuckDBValue } from '@duckdb/node-api';
import { type MirrorEntry, mirrorStates } from '../domain/plan/mirror.ts';
import type { Candidate } from '../domain/plan/plan.ts';
import { InvariantError, SnapshotError } from '../domain/words/errors.ts';
import { unshielded } from './sql.ts';
import type { WantedRows } from './wanted-rows.ts';

/** `kind`: what the cells are. */
export function decodeCandidates(chunk: DuckDBDataChunk, kind: WantedRows['cells']): Candidate[] {
  const [keys, counts, digests, cells, records, states, parked, previous] = chunk.getColumns();
  return (keys ?? []).map((key, index) => ({
    key: unshielded(text(key)),
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
  if (typeof digest !== 'bigint') return { conflict: Number(count) };
  if (cells === null) throw unsteady();
  return { values: text(cells), digest };
}

/** A key that was there when the snapshot was read first: DuckDB reads past the end of some damaged pages. */
const unsteady = () =>
  new SnapshotError(
    'file-unreadable',
    'The snapshot does not read the same twice: one of its files is damaged. Export it again.',
  );

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
