/** The simulator in a process of its own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Node, not the test runner: it loads the very files that run in production, or a mutant of one. */
export async function simulate(args: readonly string[], planted?: string): Promise<Ended> {
  const hook = planted ? ['--import', file('./plant.ts')] : [];
  const env = {
    ...process.env,
    // Each mutant is a process of its own, over nearly the same modules.
    NODE_COMPILE_CACHE: file('../../node_modules/.cache/node'),
    ...(planted && { PLANTED: planted }),
  };
  try {
    const { stdout } = await run('node', [...hook, file('./run.ts'), ...args], { env });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}
