/** Candidates out of DuckDB's columns; rows that share a key become one. */
import { type DuckDBDataChunk, DuckDBListValue, type DuckDBValue } from '@duckdb/node-api';
import { type MirrorEntry, mirrorStates } from '../domain/plan/mirror.ts';
import type { Candidate } from '../domain/plan/plan.ts';
import { InvariantError, SnapshotError } from '../domain/words/errors.ts';
import type { HeaderRow } from './snapshot-scan.ts';
import { unshielded } from './sql.ts';
import type { WantedRows } from './wanted-rows.ts';

/** A row as it comes: several of one key follow each other. */
interface Row {
  readonly key: string;
  /** The place of its file, or 0; undefined: the key is not wanted. */
  readonly file: number | undefined;
  readonly digest: DuckDBValue | undefined;
  readonly cells: DuckDBValue | undefined;
  readonly mirror: MirrorEntry | undefined;
}

/** Counts of the rows that became candidates. */
export interface RowCounts {
  /** With a key. */
  rows: number;
  /** Good keys' rows but the first. */
  duplicate: number;
  /** Rows of keys whose rows contradict each other, or whose record is doubtful. */
  invalid: number;
}

export class CandidateRows {
  readonly counts: RowCounts = { rows: 0, duplicate: 0, invalid: 0 };
  /** By the place of the file: rows without a key. */
  readonly keyless = new Map<number, number>();
  readonly #kind: WantedRows['cells'];
  readonly #header: HeaderRow | undefined;
  #open: Row[] = [];
  #headerFile: number | undefined;

  /** @param kind what the cells are */
  constructor(kind: WantedRows['cells'], header: HeaderRow | undefined) {
    this.#kind = kind;
    this.#header = header;
  }

  /** The place of a file with a header among its rows, as far as they were taken. */
  get headerFile(): number | undefined {
    return this.#headerFile;
  }

  /** Of `selectUnsettled`: candidates whose last row is known. */
  take(chunk: DuckDBDataChunk): Candidate[] {
    const [keys, digests, cells, files, records, states, parked, previous] = chunk.getColumns();
    return (keys ?? []).flatMap((key, index) =>
      this.#add({
        key: unshielded(text(key)),
        file: placeOf(files?.[index]),
        digest: digests?.[index],
        cells: cells?.[index],
        mirror: entry(records?.[index], states?.[index], parked?.[index], previous?.[index]),
      }),
    );
  }

  /** Of `selectAll`. */
  takeWhole(chunk: DuckDBDataChunk): Candidate[] {
    const [keys, digests, cells, files] = chunk.getColumns();
    return (keys ?? []).flatMap((key, index) => {
      const file = placeOf(files?.[index]);
      if (key === null) {
        if (file !== undefined) this.keyless.set(file, (this.keyless.get(file) ?? 0) + 1);
        return [];
      }
      const row = { file, digest: digests?.[index], cells: cells?.[index] };
      return this.#add({ key: unshielded(text(key)), ...row, mirror: undefined });
    });
  }

  /** The last of all. */
  rest(): Candidate[] {
    const candidates = this.#closed();
    this.#open = [];
    return candidates;
  }

  #add(row: Row): Candidate[] {
    if (row.key === this.#header?.key && row.cells === this.#header.cells)
      this.#headerFile ??= row.file;
    if (this.#open[0]?.key === row.key) {
      this.#open.push(row);
      return [];
    }
    const candidates = this.#closed();
    this.#open = [row];
    return candidates;
  }

  #closed(): Candidate[] {
    const [first] = this.#open;
    return first ? [{ key: first.key, row: this.#rowOf(first), mirror: first.mirror }] : [];
  }

  /** What differs in its digest alone does not differ: a value may come in several forms. */
  #rowOf({ file, digest, cells }: Row): Candidate['row'] {
    if (file === undefined) return undefined;
    const rows = this.#open.length;
    this.counts.rows += rows;
    if (cells === null) throw unsteady();
    if (this.#kind === 'record') {
      if (typeof digest === 'bigint') return { record: text(cells), digest };
      this.counts.invalid += rows;
      return { doubtful: true };
    }
    if (this.#open.some((other) => other.cells !== cells)) {
      this.counts.invalid += rows;
      return { conflict: rows };
    }
    this.counts.duplicate += rows - 1;
    if (typeof digest !== 'bigint') throw new InvariantError('A row has no digest.');
    return { values: text(cells), digest };
  }
}

const placeOf = (file: DuckDBValue | undefined) => (typeof file === 'number' ? file : undefined);

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
