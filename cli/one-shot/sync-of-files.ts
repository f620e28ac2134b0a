/** The sync that mirrors files of this machine: as a YAML file has it, or guessed from their columns. */
import { basename } from 'node:path';
import { buckets } from '../../local/aws/identity.ts';
import type { DestinationInput } from '../../shared/contracts/destination.ts';
import { type Source, SyncInput } from '../../shared/contracts/sync.ts';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import { settingProblems } from '../../shared/domain/words/setting-problems.ts';
import { FilesRefused } from '../files.ts';
import { idOf } from '../yaml/starter.ts';
import { guessMappings } from './mapping-guess.ts';

export interface FilesToMirror {
  readonly destination: DestinationInput;
  /** The one that a file gives beside its destination. */
  readonly base?: SyncInput | undefined;
  readonly files: readonly string[];
  /** Of the files. */
  readonly columns: readonly string[];
  /** How the files are read. */
  readonly reading: Source;
  readonly audience?: string | undefined;
  readonly key?: readonly string[] | undefined;
  /** `field=column` and `field=literal`. */
  readonly map: readonly string[];
  readonly value: readonly string[];
}

/**
 * An audience other than the file's is a sync of its own, with the same settings.
 * @throws ConfigurationError `key-missing`, `column-missing`, `option-invalid`, FilesRefused
 */
export function syncOfFiles(given: FilesToMirror): SyncInput {
  const { destination, base, columns } = given;
  const audience = given.audience ?? base?.audience.id ?? audienceOf(given.files);
  const own = base?.audience.id === audience ? base : undefined;
  const id = own?.id ?? idOf(`${destination.id}-${audience}`);
  const key = given.key ?? base?.key;
  if (!key) {
    throw new ConfigurationError(
      'key-missing',
      `Say which column names a member, with --key. The file has ${columns.join(', ')}.`,
    );
  }
  const columnOfField = pairs(given.map, '--map');
  const used = [...key, ...columnOfField.values()];
  const stranger = used.find((column) => !columns.includes(column));
  if (stranger !== undefined) {
    throw new ConfigurationError(
      'column-missing',
      `The file has no column "${stranger}", but ${columns.join(', ')}. ${mendOf(columns)}`,
    );
  }
  const sync = SyncInput.safeParse({
    ...base,
    id,
    name: own?.name ?? `${audience} at ${destination.name}`.slice(0, 200),
    destination: destination.id,
    audience: own?.audience ?? { id: audience, name: audience },
    source: { ...sourceOf(own, id), ...howOf(given.reading) },
    key,
    mappings: {
      ...(base?.mappings ?? columnMappings(Object.entries(guessMappings(destination, columns)))),
      ...columnMappings([...columnOfField]),
      ...literalMappings(pairs(given.value, '--value')),
    },
  });
  if (sync.success) return sync.data;
  throw new FilesRefused(settingProblems('', sync.error));
}

/** One column whose name holds what often stands between columns is several, read with another delimiter. */
function mendOf(columns: readonly string[]): string {
  const [only = ''] = columns.length === 1 ? columns : [];
  const delimiter = [';', '\t', '|', ','].find((each) => only.includes(each));
  if (delimiter === undefined) return 'Correct --key or --map.';
  const flag = delimiter === '\t' ? 'tab' : `'${delimiter}'`;
  return `It looks delimited by ${JSON.stringify(delimiter)}: say so with --delimiter ${flag}.`;
}

/** A file's own place in the embedded bucket is kept, so that `apply` of it changes nothing. */
const sourceOf = (base: SyncInput | undefined, id: string) =>
  base?.source.bucket === buckets.snapshots
    ? base.source
    : { bucket: buckets.snapshots, prefix: `mirror/${id}/`, completeness: { by: 'marker' } };

const howOf = ({ format, csv, partitionColumns, binaryAsText, maxUnpackedBytes }: Source) => ({
  ...{ format, csv, partitionColumns, binaryAsText, maxUnpackedBytes },
});

/** What the first file is called, without the day of an export: tomorrow's file is the same audience. */
export function audienceOf(files: readonly string[]): string {
  const name = basename(files[0] ?? 'members').replace(
    /(\.(csv|ndjson|jsonl|json|parquet|pq|gz|gzip))+$/i,
    '',
  );
  const day = /(?:19|20)\d\d([-_.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?:[-_T]?\d{4,6}Z?)?/;
  const lasting = name
    .replace(new RegExp(`^${day.source}[-_. ]+`), '')
    .replace(new RegExp(`[-_. ]+${day.source}$`), '')
    .replace(/^[-_. ]+|[-_. ]+$/g, '');
  return lasting === '' ? name : lasting;
}

const columnMappings = (entries: readonly (readonly [string, string])[]) =>
  Object.fromEntries(entries.map(([field, column]) => [field, { column }]));

const literalMappings = (values: ReadonlyMap<string, string>) =>
  Object.fromEntries([...values].map(([field, value]) => [field, { value }]));

function pairs(texts: readonly string[], flag: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at < 1) {
      throw new ConfigurationError(
        'option-invalid',
        `${flag} takes field=${flag.slice(2)}. Write it so.`,
      );
    }
    found.set(text.slice(0, at), text.slice(at + 1));
  }
  return found;
}
