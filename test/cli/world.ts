/** The command line in this process: each call is a whole command, and what it printed. */
import { chmodSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import { runProgram } from '../../cli/program.ts';

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Circumstances {
  readonly cwd: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly interruption?: AbortSignal;
  /** Hears what is printed. */
  readonly onPrint?: (text: string) => void;
  /** Hears what is said beside it. */
  readonly onNote?: (text: string) => void;
}

export async function audienceMirror(
  argv: readonly string[],
  {
    cwd,
    stdin = '',
    env = {},
    interruption = new AbortController().signal,
    onPrint = () => undefined,
    onNote = () => undefined,
  }: Circumstances,
): Promise<Said> {
  const written = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr') => ({
    isTerminal: false,
    write: async (text: string) => {
      written[name] += text;
      if (name === 'stdout') onPrint(text);
      else onNote(text);
    },
  });
  const code = await runProgram(argv, {
    stdout: output('stdout'),
    stderr: output('stderr'),
    stdin: Readable.from(stdin === '' ? [] : [stdin]),
    env,
    cwd,
    interruption: () => interruption,
  });
  return { code, ...written };
}

/** Fails with everything that was said. */
export const said = (code: number, expected: Partial<Record<'stdout' | 'stderr', unknown>> = {}) =>
  ({ code, stdout: expect.anything(), stderr: expect.anything(), ...expected }) as Said;
export const withText = (...parts: string[]) => ({
  asymmetricMatch: (all: string) => parts.every((part) => all.includes(part)),
  toString: () => `text with ${parts.join(', ')}`,
});

/** A program that a shell finds at this path. */
export function standIn(path: string, script: string): void {
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}
