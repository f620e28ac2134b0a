/**
 * Cuts a template into the very tokens jsonata's own lexer sees. It is run before the parser for two reasons:
 * the tree that jsonata gives knows only where tokens end, and its parser is recursive and doubles parts of the
 * text at `??` and `?:`, so that size, depth and such operators must be settled before the parser sees them.
 */
import type { Problems } from './refusals.ts';

export type TokenKind =
  | 'operator'
  | 'string'
  | 'number'
  | 'constant'
  | 'name'
  | 'quoted'
  | 'variable'
  | 'regex';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Whether a value ends with it, so that a bracket or sign after it applies to that value. */
  readonly operand: boolean;
}

export interface Scan {
  readonly tokens: readonly Token[];
  /** The template as the parser may see it: of the same length, without comments, regular expressions, `??`, `?:`. */
  readonly text: string;
  /** False after a mistake that leaves the rest unreadable. */
  readonly readable: boolean;
}

const SPACE = ' \t\n\r\v';
const PAIRS = ['..', ':=', '!=', '>=', '<=', '**', '~>', '?:', '??'];
const SIGNS = '.[]{}(),@#;:?+-*/%|=<>^&!~';
const NUMBER = /(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[Ee][-+]?[0-9]+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const REGEX_FLAGS = /[im]*/y;
const CONSTANTS = ['true', 'false', 'null'];
const WORD_OPERATORS = ['and', 'or', 'in'];

export function scan(source: string, problems: Problems): Scan {
  const tokens: Token[] = [];
  let text = '';
  let at = 0;
  const stop = (): Scan => ({ tokens, text, readable: false });
  while (at < source.length) {
    if (SPACE.includes(source.charAt(at))) {
      text += source.charAt(at++);
      continue;
    }
    if (source.startsWith('/*', at)) {
      const end = source.indexOf('*/', at + 2);
      if (end < 0) {
        problems.add('unclosed-comment', at, source.length);
        return stop();
      }
      text += ' '.repeat(end + 2 - at);
      at = end + 2;
      continue;
    }
    if (source.startsWith('*/', at)) {
      problems.add('stray-comment-end', at, at + 2);
      return stop();
    }
    const token = readToken(source, at, tokens.at(-1)?.operand ?? false, problems);
    if (token === undefined) return stop();
    tokens.push(token);
    text += harmless(token);
    at = token.end;
  }
  return { tokens, text, readable: true };
}

/** What the parser sees of a token. Those replaced are refused in any case. */
function harmless(token: Token): string {
  if (token.kind === 'regex') return 'x'.repeat(token.text.length);
  return token.text === '??' || token.text === '?:' ? '= ' : token.text;
}

function readToken(
  source: string,
  at: number,
  afterOperand: boolean,
  problems: Problems,
): Token | undefined {
  const sign = source.charAt(at);
  const token = (kind: TokenKind, end: number, operand = true): Token => {
    return { kind, text: source.slice(at, end), start: at, end, operand };
  };
  if (sign === '/' && !afterOperand) return token('regex', endOfRegex(source, at));
  const pair = source.slice(at, at + 2);
  if (PAIRS.includes(pair)) return token('operator', at + 2, pair === '**');
  if (SIGNS.includes(sign)) return token('operator', at + 1, closesValue(sign, afterOperand));
  if (sign === '"' || sign === "'") {
    const end = endOfString(source, at, problems);
    return end === undefined ? undefined : token('string', end);
  }
  const digits = match(NUMBER, source, at);
  if (digits !== undefined) {
    if (Number.isFinite(Number(digits))) return token('number', at + digits.length);
    problems.add('number-out-of-range', at, at + digits.length);
    return undefined;
  }
  if (sign === '`') {
    const end = source.indexOf('`', at + 1);
    if (end >= 0) return token('quoted', end + 1);
    problems.add('unclosed-name', at, source.length);
    return undefined;
  }
  return readWord(source, at, afterOperand);
}

function closesValue(sign: string, afterOperand: boolean): boolean {
  return ')]}'.includes(sign) || ('*%'.includes(sign) && !afterOperand);
}

function readWord(source: string, start: number, afterOperand: boolean): Token {
  let end = start;
  while (end < source.length && !(SPACE + SIGNS).includes(source.charAt(end))) end++;
  const text = source.slice(start, end);
  const token = (kind: TokenKind, operand = true): Token => ({ kind, text, start, end, operand });
  if (text.startsWith('$')) return token('variable');
  if (CONSTANTS.includes(text)) return token('constant');
  if (WORD_OPERATORS.includes(text)) return token('operator', !afterOperand);
  return token('name');
}

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

function endOfString(source: string, start: number, problems: Problems): number | undefined {
  const quote = source.charAt(start);
  let at = start + 1;
  while (at < source.length) {
    const sign = source.charAt(at);
    if (sign === quote) return at + 1;
    const length = sign === '\\' ? match(ESCAPE, source, at)?.length : 1;
    if (length === undefined) {
      problems.add('bad-escape', at, at + 2);
      return undefined;
    }
    at += length;
  }
  problems.add('unclosed-string', start, source.length);
  return undefined;
}

/** Regular expressions are refused, so this need only find a sensible end. */
function endOfRegex(source: string, start: number): number {
  let at = start + 1;
  while (at < source.length && source.charAt(at) !== '\n') {
    const sign = source.charAt(at);
    if (sign === '/') return at + 1 + (match(REGEX_FLAGS, source, at + 1)?.length ?? 0);
    at += sign === '\\' ? 2 : 1;
  }
  return Math.min(at, source.length);
}
