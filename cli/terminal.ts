/** Results go to stdout, everything else to stderr: so that a pipe gets the results alone. */
import { styleText } from 'node:util';
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

export function terminalOf({ stdout, stderr, env }: World): Terminal {
  const isColoured = ({ isTerminal }: Output) =>
    isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  // npm says how it runs us: whoever came by npx has no such program on their path.
  const typed = env['npm_command'] === 'exec' ? 'npx audience-mirror ' : 'audience-mirror ';
  const styled = (isOn: boolean) => (style: Style, text: string) =>
    isOn ? styleText(style, text, { validateStream: false }) : text;
  return {
    print: (text) => stdout.write(`${text}\n`),
    note: (text) =>
      stderr.write(`${text.replace(/(?<![\w./-])audience-mirror (?=[a-z])/g, typed)}\n`),
    style: styled(isColoured(stdout)),
    noteStyle: styled(isColoured(stderr)),
  };
}
