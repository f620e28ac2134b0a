/**
 * Finding the newest complete snapshot in a listing. An export that is still being written must never be taken
 * for a whole one: the members it lacks would be deleted.
 */

import { z } from 'zod';
import type { PinnedObject, Snapshot } from '../../contracts/snapshot.ts';
import type { SnapshotFormat, Source } from '../../contracts/sync.ts';
import { sinceMs } from './clock.ts';
import { SnapshotError } from './errors.ts';

/** An object as listed. `lastModified` in epoch milliseconds, to the second. */
export interface ListedObject extends PinnedObject {
  readonly lastModified: number;
}

export interface SnapshotSearch {
  readonly source: Source;
  /** Everything below the source's prefix. */
  readonly objects: readonly ListedObject[];
  readonly now: number;
  /** A marker once completed a snapshot of this sync: `auto` then asks for one. */
  readonly markerSeen: boolean;
  /** Text of a small object. */
  readonly read: (object: ListedObject) => Promise<string>;
  /** Hex digest of a text. */
  readonly digest: (text: string) => string;
}

/** A folder that may be a snapshot. */
interface Folder {
  readonly prefix: string;
  readonly objects: readonly ListedObject[];
}

interface Complete {
  readonly folder: Folder;
  readonly files: readonly ListedObject[];
  readonly by: Snapshot['completedBy'];
  readonly at: number;
}

/**
 * The newest complete snapshot.
 * @throws SnapshotError `prefix-empty`, `snapshot-incomplete`, `snapshot-without-files`, `manifest-invalid`,
 * `format-unknown`, `formats-mixed`
 */
export async function findSnapshot(search: SnapshotSearch): Promise<Snapshot> {
  const { source, objects } = search;
  if (!objects.some((object) => !object.key.endsWith('/'))) {
    throw new SnapshotError(
      'prefix-empty',
      `Nothing lies below s3://${source.bucket}/${source.prefix}. Check the sync's bucket and prefix, and that the export has run.`,
    );
  }
  const folders = foldersOf(search);
  const byMarker =
    source.completeness.by === 'marker' ||
    (source.completeness.by === 'auto' &&
      (search.markerSeen || folders.some((folder) => markerOf(folder) !== undefined)));
  const found: Complete[] = [];
  const reasons: string[] = [];
  for (const folder of folders) {
    const complete = byMarker ? await completeByMarker(folder, search) : settled(folder, search);
    if (typeof complete === 'string') reasons.push(complete);
    else found.push(complete);
  }
  const byName = found.toSorted((a, b) => compareNames(b.folder.prefix, a.folder.prefix));
  const [latest] = byName.toSorted((a, b) => b.at - a.at);
  const newest = source.newest === 'name' ? byName[0] : latest;
  if (!newest) throw incomplete(search, reasons, byMarker && !folders.some(markerOf));
  const overtakes = byName.find(({ folder }) => isNewerByName(folder.prefix, newest.folder.prefix));
  return { ...pin(newest, search), ...(overtakes && { overtakes: overtakes.folder.prefix }) };
}

const numbersIn = (name: string): string[] => name.match(/\d+/g) ?? [];

/** Names that differ in their numbers alone, as dates and counters do, go by these: `run-10` comes after `run-9`. */
function compareNames(a: string, b: string): number {
  if (!areOneSeries(a, b)) return compare(a, b);
  const [ours, theirs] = [numbersIn(a), numbersIn(b)];
  const at = ours.findIndex((number, index) => BigInt(number) !== BigInt(theirs[index] ?? '0'));
  return at < 0 ? compare(a, b) : BigInt(ours[at] ?? '0') < BigInt(theirs[at] ?? '0') ? -1 : 1;
}

/** Other names say nothing of when they were written. */
const areOneSeries = (a: string, b: string) =>
  a.replace(/\d+/g, '#') === b.replace(/\d+/g, '#') && numbersIn(a).length > 0;

const isNewerByName = (a: string, b: string) => areOneSeries(a, b) && compareNames(a, b) > 0;

function foldersOf({ source, objects }: SnapshotSearch): Folder[] {
  if (source.layout === 'overwrite') return [{ prefix: source.prefix, objects }];
  const groups = Map.groupBy(
    objects.filter((object) => object.key.indexOf('/', source.prefix.length) >= 0),
    (object) => object.key.slice(0, object.key.indexOf('/', source.prefix.length) + 1),
  );
  return [...groups].map(([prefix, below]) => ({ prefix, objects: below }));
}

const nameIn = (folder: Folder, object: ListedObject) => object.key.slice(folder.prefix.length);

/** Hidden names (`_temporary/…`, `.crc`), folder objects and manifests are no data. */
function isData(folder: Folder, object: ListedObject): boolean {
  const name = nameIn(folder, object);
  return name !== '' && !name.endsWith('/') && !/(^|\/)[._]/.test(name) && !isManifest(name);
}

/** What lies beside the files of a table, and by which format. */
const tables: readonly (readonly [RegExp, string])[] = [
  [/(^|\/)_delta_log\//, 'Delta Lake'],
  [/(^|\/)metadata\/[^/]+\.metadata\.json(\.gz)?$/, 'Apache Iceberg'],
  [/(^|\/)\.hoodie\//, 'Apache Hudi'],
];

/** The format of the table that an object of this name, from the table's folder on, belongs to. */
export const tableFormatOf = (name: string): string | undefined =>
  tables.find(([sign]) => sign.test(name))?.[1];

/** All there are. Of a table in use some hold rows that were removed or replaced: only its log says which. */
function dataFiles(folder: Folder, { source }: SnapshotSearch): ListedObject[] {
  for (const object of folder.objects) {
    const format = tableFormatOf(nameIn(folder, object));
    if (format !== undefined) {
      throw new SnapshotError(
        'table-format',
        `s3://${source.bucket}/${folder.prefix} is a table of ${format}: ${object.key} belongs to it. Its files also hold rows that were removed or replaced since, so they are no snapshot. Export a copy of its rows to a folder of its own, as docs/exports.md shows, and let the sync read that.`,
      );
    }
  }
  return folder.objects.filter((object) => isData(folder, object));
}

const isManifest = (name: string) => /(^|[^a-z/]|_)manifest(\.json)?$/i.test(name);

/** A manifest says more than `_SUCCESS`: it decides where both exist. */
function markerOf(folder: Folder): ListedObject | undefined {
  const named = (test: (name: string) => boolean) =>
    folder.objects
      .filter((object) => test(nameIn(folder, object)))
      .sort((a, b) => b.lastModified - a.lastModified)[0];
  return named(isManifest) ?? named((name) => name === '_SUCCESS');
}

async function completeByMarker(
  folder: Folder,
  search: SnapshotSearch,
): Promise<Complete | string> {
  const marker = markerOf(folder);
  if (!marker) return `${folder.prefix} has no _SUCCESS object and no manifest`;
  const files = isManifest(nameIn(folder, marker))
    ? await listedFiles(folder, marker, search)
    : dataFiles(folder, search);
  if (typeof files === 'string') return files;
  const newer = files.find((file) => file.lastModified > marker.lastModified);
  if (newer)
    return `${newer.key} is newer than the marker ${marker.key}, so an export is under way`;
  return { folder, files, by: 'marker', at: marker.lastModified };
}

const Manifest = z.object({
  entries: z.array(
    z.object({
      url: z.string(),
      meta: z.object({ content_length: z.number().optional() }).optional(),
    }),
  ),
});

/** The files a manifest names; a text says which is not there yet. Its form is that of Redshift's UNLOAD … MANIFEST. */
async function listedFiles(
  folder: Folder,
  marker: ListedObject,
  search: SnapshotSearch,
): Promise<ListedObject[] | string> {
  const manifest = parseManifest(marker, await search.read(marker));
  const byKey = new Map(folder.objects.map((object) => [object.key, object]));
  const files = new Map<string, ListedObject>();
  for (const { url, meta } of manifest.entries) {
    const prefix = `s3://${search.source.bucket}/`;
    const file = url.startsWith(prefix) ? byKey.get(url.slice(prefix.length)) : undefined;
    if (!file) {
      const isBelow = url.startsWith(`${prefix}${folder.prefix}`);
      return `${marker.key} names ${url}, which ${isBelow ? 'is not there' : `does not lie below ${prefix}${folder.prefix}`}`;
    }
    if (meta?.content_length !== undefined && meta.content_length !== file.size) {
      return `${file.key} has ${file.size} bytes where ${marker.key} says ${meta.content_length}`;
    }
    files.set(file.key, file);
  }
  return [...files.values()];
}

function parseManifest(marker: ListedObject, text: string): z.infer<typeof Manifest> {
  try {
    return Manifest.parse(JSON.parse(text));
  } catch {
    throw new SnapshotError(
      'manifest-invalid',
      `The manifest ${marker.key} is not JSON of the form {"entries":[{"url":"s3://bucket/key"}]}. Export it so, or remove it and let a _SUCCESS object or rest show completeness.`,
    );
  }
}

function settled(folder: Folder, search: SnapshotSearch): Complete | string {
  const { source, now } = search;
  const rest = source.completeness.by === 'marker' ? 0 : source.completeness.settledSeconds;
  const youngest = Math.max(...folder.objects.map((object) => object.lastModified));
  // What was written while the clock was ahead is not written to for ever.
  if (sinceMs(youngest, now) < rest * 1000) {
    return `${folder.prefix} was written to ${Math.max(0, Math.round((now - youngest) / 1000))} s ago, and counts as complete after ${rest} s of rest`;
  }
  return { folder, files: dataFiles(folder, search), by: 'settled', at: youngest };
}

function incomplete(
  { source }: SnapshotSearch,
  reasons: readonly string[],
  lacksMarker: boolean,
): SnapshotError {
  const where = `s3://${source.bucket}/${source.prefix}`;
  const why =
    reasons.length === 0
      ? 'no folder lies below it, and the layout is "folders"'
      : reasons.slice(0, 3).join('; ') +
        (reasons.length > 3 ? `; and ${reasons.length - 3} more` : '');
  return new SnapshotError(
    'snapshot-incomplete',
    `No complete snapshot below ${where}: ${why}. Nothing was sent; the next run looks again.${lacksMarker ? ' If the export writes no marker, set the sync\'s completeness to "settled".' : ''}`,
  );
}

function pin({ folder, files, by, at }: Complete, { source, digest }: SnapshotSearch): Snapshot {
  if (files.length === 0) {
    throw new SnapshotError(
      'snapshot-without-files',
      `The snapshot s3://${source.bucket}/${folder.prefix} is complete but has no data files. Check the export; to empty an audience, export a file with columns and no rows.`,
    );
  }
  const objects = files
    .map(({ key, etag, size }) => ({ key, etag, size }))
    .sort((a, b) => compare(a.key, b.key));
  return {
    bucket: source.bucket,
    prefix: folder.prefix,
    format: formatOf(source, objects),
    completedBy: by,
    writtenAt: at,
    objects,
    identity: digest(JSON.stringify([source.bucket, objects.map(({ key, etag }) => [key, etag])])),
  };
}

const endings: readonly (readonly [RegExp, SnapshotFormat])[] = [
  [/\.(parquet|pq)(\.(gz|zst|snappy))?$|\.snappy\.parquet$/i, 'parquet'],
  [/\.csv(\.gz|\.gzip|\.zst)?$/i, 'csv'],
  [/\.(ndjson|jsonl|json)(\.gz|\.gzip|\.zst)?$/i, 'ndjson'],
];

/** What the name of a file says that it is; undefined where it says nothing. */
export const formatOfName = (name: string): SnapshotFormat | undefined =>
  endings.find(([ending]) => ending.test(name))?.[1];

function formatOf(source: Source, objects: readonly PinnedObject[]): SnapshotFormat {
  if (source.format !== 'auto') return source.format;
  const formats = new Map<SnapshotFormat, string>();
  for (const { key } of objects) {
    const format = formatOfName(key);
    if (!format) {
      throw new SnapshotError(
        'format-unknown',
        `The name of ${key} does not tell its format. Set the sync's source format to parquet, csv or ndjson, or move the file away.`,
      );
    }
    if (!formats.has(format)) formats.set(format, key);
  }
  const [first, second] = [...formats.keys()];
  if (first === undefined || second !== undefined) {
    throw new SnapshotError(
      'formats-mixed',
      `The snapshot mixes formats: ${[...formats].map(([format, key]) => `${key} is ${format}`).join(', ')}. Export one format, or set the source format and move the other files away.`,
    );
  }
  return first;
}

/** Any fixed order will do. */
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
