/** The columns of a snapshot's files, and whether they are those that are looked for. */
import type { SnapshotFormat } from '../contracts/sync.ts';
import { columnMissing, columnsDiffer, unreadable } from './snapshot-errors.ts';
import type { SnapshotFile } from './snapshot-files.ts';

export interface Schema {
  readonly file: SnapshotFile;
  readonly columns: readonly string[];
  /** Equal for files that can be read by one statement. */
  readonly signature: string;
  readonly hint?: string;
}

interface Needs {
  readonly format: SnapshotFormat;
  readonly needed: readonly string[];
  readonly mayLack: readonly string[];
}

/** @throws SnapshotError `file-unreadable`, `columns-differ`, `column-missing` */
export function checkColumns(schemas: readonly Schema[], { format, needed, mayLack }: Needs): void {
  const fromLine = format === 'csv';
  const named = ({ file, columns, hint = '' }: Schema) => ({
    object: file.object,
    columns: [...columns, ...file.partitions.keys()],
    fromLine,
    hint,
  });
  const [first] = schemas;
  if (!first) return;
  const has = new Set(first.columns);
  for (const schema of schemas) {
    const twice = schema.columns.findIndex((name, index) => schema.columns.indexOf(name) !== index);
    if (twice >= 0) {
      throw unreadable(
        schema.file.object,
        `gives its columns ${schema.columns.indexOf(schema.columns[twice] ?? '') + 1} and ${twice + 1} the same name`,
        'Give each column a name of its own.',
      );
    }
    if (schema.columns.length !== has.size || schema.columns.some((name) => !has.has(name))) {
      throw columnsDiffer(named(first), named(schema), needed);
    }
  }
  const isThere = (name: string) => has.has(name) || first.file.partitions.has(name);
  const missing = needed.filter((name) => !isThere(name) && !mayLack.includes(name));
  if (missing.length > 0) throw columnMissing(named(first), missing, needed);
}
