/** What is wrong with an export, in words that hold no cell of it. Every message ends with the mend. */

import type { SnapshotFormat } from '../contracts/sync.ts';
import { firstOf, listed, quoted } from '../domain/words/capped.ts';
import { SnapshotError } from '../domain/words/errors.ts';

export function unreadable(object: string, what: string, mend: string): SnapshotError {
  return new SnapshotError('file-unreadable', `The object "${object}" ${what}. ${mend}`);
}

const names = (all: readonly string[]) => listed(all) || 'none';

/** A file that is something else than its format says. */
export const misnamed = (object: string, other: string, format: SnapshotFormat): SnapshotError =>
  unreadable(object, `holds ${other}, but the sync reads it as ${format}`, mendOf(other, format));

export const decrypt = 'Export it unencrypted; S3 encrypts what lies there.';

function mendOf(other: string, format: SnapshotFormat): string {
  if (other.startsWith('UTF-16') && format === 'csv') {
    return 'Set csv.encoding of the source to utf-16, or export it as UTF-8.';
  }
  if (other.startsWith('encrypted')) return decrypt;
  return other.includes('JSON')
    ? 'Export one object a line, as jq -c writes it.'
    : 'Export it again, or change the format of the sync.';
}

const normal = (name: string) => name.normalize('NFC').trim().toLowerCase();

/**
 * The columns of one object. `fromLine`: they are the cells of a first line. Where that is damaged or missing, they
 * may belong to a person, so only those are shown that the sync names.
 */
export interface ObjectColumns {
  readonly object: string;
  /** What may be wrong, in a sentence or none. */
  readonly hint?: string;
  readonly columns: readonly string[];
  readonly fromLine: boolean;
}

/** One column the sync names shows that the others are names too, and no cells of a first row. */
const areNames = (found: ObjectColumns, needed: readonly string[]) =>
  found.columns.some((name) => needed.some((each) => normal(each) === normal(name)));

/** Some columns of an object. */
function shown(
  some: readonly string[],
  { fromLine }: ObjectColumns,
  needed: readonly string[],
): string {
  if (!fromLine) return names(some);
  const known = some.filter((name) => needed.includes(name));
  const others = some.length - known.length;
  const rest = others === 0 ? '' : `${others} that the sync does not name`;
  return known.length === 0 ? rest : names(known) + (rest && ` and ${rest}`);
}

export function columnMissing(
  found: ObjectColumns,
  missing: readonly string[],
  needed: readonly string[],
): SnapshotError {
  const hints = missing.flatMap((name) =>
    found.columns
      .filter((each) => normal(each) === normal(name))
      .map((each) => `${quoted(name)} may be ${quoted(each)}: names are compared to the letter.`),
  );
  const folders = missing
    .filter((name) => found.object.split('/').some((folder) => folder.startsWith(`${name}=`)))
    .map(
      (name) =>
        ` Its folders give ${quoted(name)}: to read them as columns, set source.partitionColumns to true.`,
    );
  const there = areNames(found, needed)
    ? `It has ${shown(found.columns, found, needed)}.`
    : `None of its ${found.columns.length} columns is one the sync names, so its names are not shown: they may be cells of a file without a header line.`;
  return new SnapshotError(
    'column-missing',
    `The object "${found.object}" lacks ${names(missing)}. ${there}${hints.length === 0 ? '' : ` ${firstOf(hints)}`}${folders.join('')}${found.hint ?? ''} Add the columns to the export, or change the key and mappings of the sync.`,
  );
}

export function columnsDiffer(
  one: ObjectColumns,
  other: ObjectColumns,
  needed: readonly string[],
): SnapshotError {
  const only = (a: ObjectColumns, b: ObjectColumns) => {
    const extra = a.columns.filter((name) => !b.columns.includes(name));
    if (extra.length === 0) return '';
    return areNames(a, needed)
      ? ` Only "${a.object}" has ${shown(extra, a, needed)}.`
      : ` "${a.object}" has ${extra.length} others and none that the sync names: it may lack a header line.`;
  };
  return new SnapshotError(
    'columns-differ',
    `The objects "${one.object}" and "${other.object}" of one snapshot have different columns.${only(one, other)}${only(other, one)} Export all files of a snapshot with the same columns, or remove what an older export left behind.`,
  );
}
