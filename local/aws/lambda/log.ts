/** Where functions' lines go: a file for each function, whole lines only, whichever of its processes they come from. */
import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

export interface LogSink {
  /** `line` has no line break. */
  write(functionName: string, line: string): void;
  close(): void;
}

const rotateBytes = 16 * 1024 * 1024;
/** Longer lines are cut into pieces of this many characters, so that one without an end can't fill the memory. */
const longestLine = 256 * 1024;

/**
 * One file for each function, `<name>.log`, appended to; one that has grown over 16 MiB becomes `<name>.old.log` at the
 * next start. Written at once: what a function said last is there even if the host is killed.
 */
export function fileLog(folder: string): LogSink {
  mkdirSync(folder, { recursive: true });
  const files = new Map<string, number>();
  return {
    write: (functionName, line) => {
      let file = files.get(functionName);
      if (file === undefined) {
        file = openLog(folder, functionName);
        files.set(functionName, file);
      }
      writeSync(file, `${line}\n`);
    },
    close: () => {
      for (const file of files.values()) closeSync(file);
      files.clear();
    },
  };
}

function openLog(folder: string, name: string): number {
  const file = join(folder, `${name}.log`);
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > rotateBytes) renameSync(file, join(folder, `${name}.old.log`));
  return openSync(file, 'a');
}

/** Calls `write` for each line of the stream, the last one also if it has no end; resolves after it. */
export function splitLines(stream: Readable, write: (line: string) => void): Promise<void> {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) write(line);
    for (; rest.length > longestLine; rest = rest.slice(longestLine)) {
      write(rest.slice(0, longestLine));
    }
  });
  return new Promise((resolve) => {
    stream.once('close', () => {
      if (rest !== '') write(rest);
      resolve();
    });
  });
}

/** A line of the host's own, in JSON like the functions' own lines. */
export function hostLine(message: string, detail: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    timestamp: new Date().toISOString(),
    service: 'lambda-host',
    message,
    ...detail,
  });
}
