/**
 * Results go to stdout, everything else to stderr: so that a pipe gets the results alone. A name, a key or an answer of a
 * platform may hold anything; at a terminal its control characters are shown, and steer nothing.
 */
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type { Output, World } from './world.ts';

export type Style = 'red' | 'green' | 'yellow' | 'dim' | 'bold';

export interface Terminal {
  /** A result. */
  print(text: string): Promise<void>;
  /** What accompanies it. A command that it names is written as it is to be typed. */
  note(text: string): Promise<void>;
  /** Of what is printed; plain where it goes elsewhere than to a terminal, or NO_COLOR is set. */
  style(style: Style, text: string): string;
  /** Of what is noted. */
  noteStyle(style: Style, text: string): string;
}

/** Nobody can write this into a text who did not see it: by it our own colours are told from those of a text. */
const mark = `\u0000${randomBytes(8).toString('hex')}`;
const marked = new RegExp(`${mark}(\\d+);`, 'g');

export function terminalOf({ stdout, stderr, env }: World): Terminal {
  const isColoured = ({ isTerminal }: Output) =>
    isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  // npm says how it runs us: whoever came by npx has no such program on their path.
  const typed =
    env['npm_command'] === 'exec' ? 'npx --no-install audience-mirror ' : 'audience-mirror ';
  const styled = (isOn: boolean) => (style: Style, text: string) => {
    const [begin, end] = inspect.colors[style] ?? [];
    return isOn ? `${mark}${begin};${text}${mark}${end};` : text;
  };
  const write = (output: Output, text: string) =>
    output.write(output.isTerminal ? coloured(text) : text);
  return {
    print: (text) => write(stdout, `${text}\n`),
    note: (text) =>
      write(stderr, `${text.replace(/(?<![\w./-])audience-mirror (?=[a-z])/g, typed)}\n`),
    style: styled(isColoured(stdout)),
    noteStyle: styled(isColoured(stderr)),
  };
}

/** Of each three parts the second is the number of a colour. */
const coloured = (text: string): string =>
  text
    .split(marked)
    .map((part, at) => (at % 2 === 1 ? `\u001b[${part}m` : visible(part)))
    .join('');

/** All that steers a terminal, or the order of what stands there: `\u001b`. Lines and tabs stay. */
export const visible = (text: string): string =>
  text.replace(/(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
