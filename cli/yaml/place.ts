/** Where in a file a setting stands: by line and column, from the path that a problem names. */
import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';

export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export type Step = string | number;

/** `mappings.EMAIL`, `mappings["e mail"]`, `key[0]` → the steps. */
export function stepsOf(path: string): Step[] {
  const found = path.matchAll(/(\w+)|\[("(?:[^"\\]|\\.)*")\]|\[(\d+)\]/g);
  return [...found].map(([, word, quoted, number]) =>
    quoted === undefined ? (word ?? Number(number)) : String(JSON.parse(quoted)),
  );
}

/** One document of a file. */
export interface Located {
  readonly file: string;
  readonly source: string;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

/** Of the deepest step that is there: a setting that is missing is told at what should hold it. */
export function placeOf(located: Located, steps: readonly Step[]): Place {
  return at(located, walk(located, steps).offset);
}

export function at({ file, lines }: Pick<Located, 'file' | 'lines'>, offset: number): Place {
  const { line, col: column } = lines.linePos(offset);
  return { file, line: Math.max(line, 1), column: Math.max(column, 1) };
}

/**
 * Where a place within a text stands in the file: only a block (`|`) has the lines of the file; undefined for others.
 */
export function placeInText(
  located: Located,
  steps: readonly Step[],
  line: number,
  column: number,
): Place | undefined {
  const { node } = walk(located, steps);
  if (!isScalar(node) || node.type !== 'BLOCK_LITERAL' || !node.range) return undefined;
  const { source, file, lines } = located;
  const header = lines.linePos(node.range[0]).line;
  const text = source.slice(source.indexOf('\n', node.range[0]) + 1, node.range[1]);
  const indent = /^(?:[ ]*\n)*([ ]*)/.exec(text)?.[1]?.length ?? 0;
  return { file, line: header + line, column: indent + column };
}

interface Walked {
  readonly offset: number;
  /** Undefined where the last steps lead to nothing. */
  readonly node: Node | undefined;
}

function walk({ document }: Located, steps: readonly Step[]): Walked {
  let node: Node | undefined = document.contents ?? undefined;
  let offset = node?.range?.[0] ?? document.range[0];
  for (const step of steps) {
    const next = below(document, node, step);
    if (!next) return { offset, node: undefined };
    ({ node, offset } = next);
  }
  return { offset, node };
}

function below(document: Document.Parsed, parent: Node | undefined, step: Step) {
  const whole = isAlias(parent) ? parent.resolve(document) : parent;
  if (isMap(whole)) {
    const pair = whole.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
    if (!pair || !isScalar(pair.key)) return undefined;
    return { node: nodeOf(pair.value), offset: pair.key.range?.[0] ?? 0 };
  }
  if (isSeq(whole)) {
    const node = nodeOf(whole.items[Number(step)]);
    return node && { node, offset: node.range?.[0] ?? 0 };
  }
  return undefined;
}

const nodeOf = (value: unknown): Node | undefined =>
  isScalar(value) || isMap(value) || isSeq(value) || isAlias(value) ? value : undefined;
