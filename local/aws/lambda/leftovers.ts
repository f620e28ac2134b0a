/**
 * A host that is killed cannot end its processes. Each of them ends itself when the channel to the host closes, but not
 * while its handler blocks the event loop. So each is written down while it lives, and the next host on the folder
 * kills those that are left, but only where pid and start time both say that it is the one written down.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspectProcess } from '../process-identity.ts';

export interface Register {
  add(pid: number): void;
  remove(pid: number): void;
}

/** One small file for each process, so that no two writers meet. */
export function openRegister(folder: string): Register {
  mkdirSync(folder, { recursive: true });
  return {
    add: (pid) => {
      const found = inspectProcess(pid);
      const identity = found.alive ? found.identity : undefined;
      if (identity !== undefined) writeFileSync(join(folder, String(pid)), identity);
    },
    remove: (pid) => rmSync(join(folder, String(pid)), { force: true }),
  };
}

/** Kills what an earlier host left, and waits until it is gone. Returns the pids. */
export async function killLeftovers(folder: string): Promise<number[]> {
  const killed: number[] = [];
  for (const name of list(folder)) {
    const pid = Number(name);
    const file = join(folder, name);
    if (isThatOne(pid, readFileSync(file, 'utf8'))) {
      process.kill(pid, 'SIGKILL');
      killed.push(pid);
      await untilGone(pid, readFileSync(file, 'utf8'));
    }
    rmSync(file, { force: true });
  }
  return killed;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^[1-9]\d*$/.test(name));
  } catch {
    return [];
  }
}

function isThatOne(pid: number, identity: string): boolean {
  const found = inspectProcess(pid);
  return found.alive && found.identity === identity;
}

async function untilGone(pid: number, identity: string): Promise<void> {
  for (let tries = 0; tries < 200 && isThatOne(pid, identity); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
