/** A folder for one piece of work, gone when the work is. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

export interface Scratch {
  readonly folder: string;
  /** Safe to call twice. */
  remove(): Promise<void>;
}

export async function openScratch(parent: string, purpose: string): Promise<Scratch> {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(resolve(parent), `${purpose}-`));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
