/**
 * Which process a process id means. Ids are given out again, so a number kept in a file proves nothing: with it we
 * keep when the process started, and compare both before we kill anything or trust a lock.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export type ProcessState =
  | { readonly alive: false }
  /** `identity` is undefined where the system does not tell (Windows): then nobody can be sure who it is. */
  | { readonly alive: true; readonly identity: string | undefined };

export function inspectProcess(pid: number): ProcessState {
  if (!isAlive(pid)) return { alive: false };
  if (process.platform === 'linux') return inspectOnLinux(pid);
  if (process.platform === 'win32') return { alive: true, identity: undefined };
  const started = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  if (started.error !== undefined) return { alive: true, identity: undefined };
  const identity = started.stdout.trim();
  return identity === '' ? { alive: false } : { alive: true, identity };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It exists, and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Start time in ticks since boot, and which boot; a zombie counts as gone: it runs nothing any more. */
function inspectOnLinux(pid: number): ProcessState {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in brackets, may itself hold blanks and brackets; the state follows the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X' || startTicks === undefined) return { alive: false };
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return { alive: true, identity: `${boot}:${startTicks}` };
  } catch {
    return { alive: isAlive(pid), identity: undefined };
  }
}
