/** What the disk refuses, in words that say what to do: passing, as it is tried again once there is room. */
import { MirrorError, PassingError } from '../../shared/domain/words/errors.ts';

const causes: Readonly<Record<string, readonly [code: string, says: string]>> = {
  ENOSPC: ['disk-full', 'The disk is full. Make room on it'],
  EDQUOT: ['disk-full', 'The disk quota is used up. Make room'],
  EROFS: ['disk-read-only', 'The disk is read-only. Mount it so that it can be written'],
  EACCES: [
    'disk-forbidden',
    'This user may not write here. Give the folder back to the user who runs this',
  ],
  EPERM: [
    'disk-forbidden',
    'This user may not write here. Give the folder back to the user who runs this',
  ],
  EMFILE: [
    'files-exhausted',
    'This process has as many files open as it may. Raise the limit (ulimit -n 4096)',
  ],
  ENFILE: ['files-exhausted', 'This machine has as many files open as it may. Raise its limit'],
  EIO: ['disk-failing', 'The disk fails. Look at the machine, and move the folder to a sound disk'],
};

/** SQLite's result codes (https://www.sqlite.org/rescode.html), by their lowest byte. */
const sqlite: Readonly<Record<number, string>> = {
  8: 'EROFS',
  10: 'EIO',
  13: 'ENOSPC',
  14: 'EACCES',
};

/** `folder`: what was to be written. Anything else stays as it is. */
export function diskError(folder: string, error: unknown): unknown {
  if (error instanceof MirrorError || !(error instanceof Error)) return error;
  const [code, says] = causes[causeOf(error) ?? ''] ?? [];
  if (code === undefined) return error;
  return new PassingError(
    code,
    `${says}: ${folder} could not be written. Nothing is lost; what was under way is tried again by itself.`,
    { cause: error },
  );
}

function causeOf(error: Error): string | undefined {
  if ('errcode' in error && typeof error.errcode === 'number') return sqlite[error.errcode & 0xff];
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
