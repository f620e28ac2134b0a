/**
 * Where snapshots lie in plain text while they are read. It is emptied at the start and taken away at every end: also where the
 * process is told to exit in the middle of a plan, which no `finally` hears. After a kill the next start does it.
 */
import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';

export interface ScratchFolder {
  readonly folder: string;
  remove(): void;
}

export async function emptyScratch(folder: string): Promise<ScratchFolder> {
  const clear = () => rmSync(folder, { recursive: true, force: true });
  clear();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  process.on('exit', clear);
  return {
    folder,
    remove() {
      process.off('exit', clear);
      clear();
    },
  };
}
