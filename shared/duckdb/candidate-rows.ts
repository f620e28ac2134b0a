/** Candidates out of lines of DuckDB's; rows that share a key become one. */
import type { JsonValue } from '../contracts/json.ts';
import { type MirrorEntry, mirrorStates } from '../domain/plan/mirror.ts';
import type { Candidate } from '../domain/plan/plan.ts';
import { InvariantError, SnapshotError } from '../domain/words/errors.ts';
import type { JsonLine } from './row-file.ts';
import type { HeaderRow } from './snapshot-scan.ts';
import type { WantedRows } from './wanted-rows.ts';

/** A row as it comes: several of one key follow each other. */
interface Row {
  readonly key: string;
  /** The place of its file, or 0; undefined: the key is not wanted. */
  readonly file: number | undefined;
  readonly digest: JsonValue | undefined;
  readonly cells: JsonValue | undefined;
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

  /** Lines of `selectUnsettled` or `selectAll`: candidates whose last row is known. */
  take(lines: readonly JsonLine[]): Candidate[] {
    const candidates: Candidate[] = [];
    for (const [key, place, digest, cells, record, state, parked, previous, ids] of lines) {
      const file = typeof place === 'number' ? place : undefined;
      if (key === null) {
        if (file !== undefined) this.keyless.set(file, (this.keyless.get(file) ?? 0) + 1);
        continue;
      }
      const mirror = entry(record, state, parked, previous, ids);
      const closed = this.#add({ key: text(key), file, digest, cells, mirror });
      if (closed) candidates.push(closed);
    }
    return candidates;
  }

  /** The last of all. */
  rest(): Candidate[] {
    const last = this.#closed();
    this.#open = [];
    return last ? [last] : [];
  }

  #add(row: Row): Candidate | undefined {
    if (row.key === this.#header?.key && isSame(row.cells, JSON.parse(this.#header.cells)))
      this.#headerFile ??= row.file;
    if (this.#open[0]?.key === row.key) {
      this.#open.push(row);
      return undefined;
    }
    const closed = this.#closed();
    this.#open = [row];
    return closed;
  }

  #closed(): Candidate | undefined {
    const [first] = this.#open;
    return first && { key: first.key, row: this.#rowOf(first), mirror: first.mirror };
  }

  /** What differs in its digest alone does not differ: a value may come in several forms. */
  #rowOf({ file, digest, cells }: Row): Candidate['row'] {
    if (file === undefined) return undefined;
    const rows = this.#open.length;
    this.counts.rows += rows;
    if (cells === null) throw unsteady();
    if (this.#kind === 'record') {
      if (typeof digest === 'string') return { record: text(cells), digest };
      this.counts.invalid += rows;
      return { doubtful: true };
    }
    if (rows > 1 && this.#open.some((other) => !isSame(other.cells, cells))) {
      this.counts.invalid += rows;
      return { conflict: rows };
    }
    this.counts.duplicate += rows - 1;
    if (typeof digest !== 'string' || !isList(cells)) throw lacking();
    return { values: cells, digest };
  }
}

const isList = (value: JsonValue | undefined): value is readonly JsonValue[] =>
  Array.isArray(value);

const isSame = (a: JsonValue | undefined, b: JsonValue | undefined) =>
  JSON.stringify(a) === JSON.stringify(b);

/** A key that was there when the snapshot was read first: DuckDB reads past the end of some damaged pages. */
const unsteady = () =>
  new SnapshotError(
    'file-unreadable',
    'The snapshot does not read the same twice: one of its files is damaged. Export it again.',
  );

function entry(
  record: JsonValue | undefined,
  state: JsonValue | undefined,
  parked: JsonValue | undefined,
  previous: JsonValue | undefined,
  ids: JsonValue | undefined,
): MirrorEntry | undefined {
  if (state === null || state === undefined) return undefined;
  const known = mirrorStates.find((each) => each === state);
  if (!known || !isList(previous)) {
    throw new InvariantError('The mirror holds an entry of a form it never writes.');
  }
  return {
    record: text(record),
    state: known,
    parked: parked === true,
    previous: previous.map(text),
    ...(isList(ids) && ids.length > 0 && { ids: ids.map(text) }),
  };
}

const lacking = () => new InvariantError('A candidate lacks its key, digest, values or record.');

function text(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  throw lacking();
}
