/** Puts snapshots into the folder that stands for the warehouse's bucket. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fileState } from './file-state.ts';

const marker = '_SUCCESS';
/** Beside the snapshots: of each prefix what was copied, by name, and what its source was at that moment. */
const sourcesFile = (folder: string) => `${folder}-sources.json`;
const Sources = z.record(z.string(), z.record(z.string(), z.string()));
type Sources = z.infer<typeof Sources>;

/**
 * `files`: paths by the names they are to have. Where all of them are there already and their sources were not touched
 * since, nothing is copied: the snapshot is the same, and a run over it ends as `unchanged`.
 */
export async function copySnapshot(
  folder: string,
  prefix: string,
  files: ReadonlyMap<string, string>,
): Promise<void> {
  const wanted = Object.fromEntries(
    await Promise.all(
      [...files].map(async ([name, file]) => [name, await fileState(file)] as const),
    ),
  );
  const sources = await readSources(folder);
  if (isSame(sources[prefix], wanted) && (await isThere(folder, prefix, files))) return;
  await replace(folder, prefix, async (to) => {
    for (const [name, file] of files) await copyFile(file, to(name), constants.COPYFILE_FICLONE);
  });
  // What was written while it was copied is copied again the next time.
  await writeSources(folder, { ...sources, [prefix]: wanted });
}

/** `files`: contents by name. What is there as it is stays. */
export async function replaceSnapshot(
  folder: string,
  prefix: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const isEqual = async ([name, content]: [string, Uint8Array]) =>
    (await readFile(join(folder, prefix, name))).equals(content);
  if (await isThere(folder, prefix, files)) {
    const equal = await Promise.all([...files].map(isEqual));
    if (equal.every(Boolean)) return;
  }
  await replace(folder, prefix, async (to) => {
    for (const [name, content] of files) await writeFile(to(name), content);
  });
}

export async function clearSnapshot(folder: string, prefix: string): Promise<void> {
  await rm(join(folder, prefix), { recursive: true, force: true });
}

async function replace(
  folder: string,
  prefix: string,
  write: (to: (name: string) => string) => Promise<void>,
): Promise<void> {
  await clearSnapshot(folder, prefix);
  const top = join(folder, prefix);
  await mkdir(top, { recursive: true, mode: 0o700 });
  await write((name) => join(top, name));
  await writeFile(join(top, marker), '');
}

const isSame = (kept: Sources[string] | undefined, wanted: Sources[string]) =>
  kept !== undefined &&
  Object.keys(kept).length === Object.keys(wanted).length &&
  Object.entries(wanted).every(([name, state]) => kept[name] === state);

async function isThere(
  folder: string,
  prefix: string,
  files: ReadonlyMap<string, unknown>,
): Promise<boolean> {
  const found = await readdir(join(folder, prefix)).catch((): string[] => []);
  return (
    found.length === files.size + 1 &&
    [...files.keys(), marker].every((name) => found.includes(name))
  );
}

async function readSources(folder: string): Promise<Sources> {
  try {
    return Sources.parse(JSON.parse(await readFile(sourcesFile(folder), 'utf8')));
  } catch {
    return {};
  }
}

async function writeSources(folder: string, sources: Sources): Promise<void> {
  const next = `${sourcesFile(folder)}.${randomUUID()}`;
  await writeFile(next, JSON.stringify(sources), { mode: 0o600 });
  await rename(next, sourcesFile(folder));
}
