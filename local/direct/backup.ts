/**
 * A copy of all that a system on one machine keeps, and the way back. Nothing may run on the folder meanwhile: table and
 * objects of a copy belong together.
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import { lockFolder } from '../aws/folder-lock.ts';
import { writePrivately } from '../aws/private-folder.ts';
import { SqliteTable } from './table.ts';

const table = 'state.db';
/** What is of one process, or made anew. */
const passing = new Set([
  'lock',
  'endpoint.json',
  'scratch',
  'logs',
  table,
  `${table}-wal`,
  `${table}-shm`,
]);

/**
 * Copies the folder to one that is not there yet: it is there whole, or not at all.
 * @throws ConfigurationError `folder-in-use`, `backup-exists`, `backup-empty`, `state-damaged`
 */
export async function backUp(folder: string, to: string): Promise<void> {
  const [from, target] = [resolve(folder), resolve(to)];
  refuseExisting(target);
  if (!existsSync(join(from, table))) throw nothingThere(from);
  const lock = lockFolder(from);
  const half = `${target}.half`;
  try {
    await rm(half, { recursive: true, force: true });
    await mkdir(half, { recursive: true, mode: 0o700 });
    // Opening it checks it: a damaged table is no backup.
    const opened = new SqliteTable(join(from, table));
    opened.copyTo(join(half, table));
    opened.close();
    await copyKept(from, half);
    await rename(half, target);
  } finally {
    lock.release();
  }
}

/**
 * Makes the folder what the copy was; what was there stays beside it, under a name that is told.
 * @throws ConfigurationError `folder-in-use`, `backup-empty`, `state-damaged`
 */
export async function takeBack(
  folder: string,
  from: string,
): Promise<{ readonly aside: string | undefined }> {
  const [source, target] = [resolve(from), resolve(folder)];
  if (!existsSync(join(source, table))) throw nothingThere(source);
  new SqliteTable(join(source, table)).close();
  writePrivately();
  const half = `${target}.half`;
  await rm(half, { recursive: true, force: true });
  await mkdir(half, { recursive: true, mode: 0o700 });
  await cp(source, half, { recursive: true, preserveTimestamps: true });
  const aside = existsSync(target) ? `${target}.before-${Date.now()}` : undefined;
  if (aside !== undefined) {
    const lock = lockFolder(target);
    await rename(target, aside);
    // The lock went aside with its folder.
    lock.release();
    await rm(join(aside, 'lock'), { force: true });
  }
  await rename(half, target);
  return { aside };
}

async function copyKept(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) {
    if (passing.has(name)) continue;
    await cp(join(from, name), join(to, name), { recursive: true, preserveTimestamps: true });
  }
}

function refuseExisting(target: string): void {
  if (!existsSync(target)) return;
  throw new ConfigurationError(
    'backup-exists',
    `${target} is there already, and a backup writes over nothing. Name a folder that is not there yet.`,
  );
}

const nothingThere = (folder: string) =>
  new ConfigurationError(
    'backup-empty',
    `${folder} holds no state of a system on one machine: it has no ${table}. Name the folder that npm start or mirror was given.`,
  );
