/** Reads a document as its reader does: the commands to type, and what each is said to print. */
export interface Step {
  /** One or more lines for a shell. */
  readonly commands: string;
  /** Undefined where the document shows nothing. */
  readonly prints: string | undefined;
  /** Line of the document, from 1. */
  readonly line: number;
}

/** A block of `sh` is typed; a block of `text` right after it is what it prints. */
export function stepsOf(markdown: string): Step[] {
  const steps: { commands: string; prints: string | undefined; line: number }[] = [];
  for (const block of markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)) {
    const [, language, content = ''] = block;
    const line = markdown.slice(0, block.index).split('\n').length + 1;
    const last = steps.at(-1);
    if (language === 'sh') steps.push({ commands: content, prints: undefined, line });
    if (language === 'text' && last && last.prints === undefined) last.prints = content;
  }
  return steps;
}

/** Without what differs from one time to the next: moments, durations, ids, ports, widths of columns. */
export const normalised = (printed: string): string =>
  printed
    .replace(/\b[0-9a-z]{26}\b/g, '<id>')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?/g, '<time>')
    .replace(/\b\d+\.\d s\b/g, '<n> s')
    .replace(/(127\.0\.0\.1):\d+/g, '$1:<port>')
    .replace(/[ \t]+/g, ' ')
    .replace(/ $/gm, '')
    .trim();
