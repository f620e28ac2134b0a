/** What is kept names people: the folder it lies in is its owner's alone, and so is all that this process writes from then on. */
import { accessSync, chmodSync, constants, mkdirSync, readdirSync, statSync } from 'node:fs';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';

/** Whatever is written from now on, nobody else reads or enters. */
export const writePrivately = (): void => void process.umask(0o077);

/** What a folder of ours begins with; one that has something else and none of it is somebody's for another purpose. */
const ours: ReadonlySet<string> = new Set(['lock', 'logs', 'state.db', 'access.json', 's3']);

/**
 * Makes the folder where it is missing. One of ours, or an empty one, that others may enter is closed to them, which is said.
 * @throws ConfigurationError `folder-unusable`, `folder-of-others`, `folder-open`
 */
export function makePrivate(folder: string): void {
  writePrivately();
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    throw new ConfigurationError(
      'folder-unusable',
      `The folder ${folder} cannot be made or written${code}. Name another folder, or make this one yours.`,
    );
  }
  const user = process.getuid?.();
  // Where there are no such permissions (Windows), there is nothing to look at.
  if (user === undefined) return;
  const { uid, mode } = statSync(folder);
  if (uid !== user) throw ofOthers(folder);
  if ((mode & 0o077) === 0) return;
  const names = readdirSync(folder);
  if (names.length > 0 && !names.some((name) => ours.has(name))) throw open(folder);
  chmodSync(folder, 0o700);
  process.stderr.write(`The folder ${folder} could be entered by others; it is yours alone now.\n`);
}

const ofOthers = (folder: string) =>
  new ConfigurationError(
    'folder-of-others',
    `The folder ${folder} belongs to another user of this machine, who could read what is kept and exchange it. Name a folder of your own, or make this one yours: chown.`,
  );

const open = (folder: string) =>
  new ConfigurationError(
    'folder-open',
    `The folder ${folder} can be entered by others, and holds what is not ours, so it was left as it is. Name a folder for Audience Mirror alone, or close this one: chmod 700.`,
  );
