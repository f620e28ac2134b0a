/** What this process and those it started listen on, as the kernel has it. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Listener {
  readonly pid: number;
  readonly port: number;
  readonly isLoopback: boolean;
}

const listening = '0A';
const loopbacks = ['0100007F', '00000000000000000000000001000000'];

export function listenersOf(root = process.pid): Listener[] {
  const sockets = new Map(['tcp', 'tcp6'].flatMap((file) => [...listeningSockets(file)]));
  return familyOf(root).flatMap((pid) =>
    inodesOf(pid).flatMap((inode) => {
      const at = sockets.get(inode);
      return at ? [{ pid, ...at }] : [];
    }),
  );
}

function* listeningSockets(file: string): Iterable<[string, Omit<Listener, 'pid'>]> {
  for (const line of readFileSync(`/proc/net/${file}`, 'utf8').split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const [address = '', port = ''] = (fields[1] ?? '').split(':');
    if (fields[3] !== listening) continue;
    yield [
      fields[9] ?? '',
      { port: Number.parseInt(port, 16), isLoopback: loopbacks.includes(address) },
    ];
  }
}

/** A process and all below it. */
function familyOf(root: number): number[] {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => [Number(pid), parentOf(pid)]),
  );
  const below = (pid: number): number[] => [
    pid,
    ...[...parents].flatMap(([child, parent]) => (parent === pid ? below(child) : [])),
  ];
  return below(root);
}

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}

function inodesOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => inodeOf(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

function inodeOf(file: string): string[] {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(file))?.slice(1) ?? [];
  } catch {
    return [];
  }
}
