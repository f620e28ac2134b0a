/**
 * The path of an action: `/audiences/{{connection.audienceId}}/members?list={{connection.list}}`. A value fills
 * one segment or one query value and can be nothing else, whatever it holds.
 */
import type { JsonScalar } from '../../contracts/json.ts';
import type { Checked, Problem } from '../words/problem.ts';
import { hasDotSegment, literalProblems } from './path-text.ts';

export type PathPart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'value'; readonly key: string; readonly place: 'segment' | 'query' };

export interface CompiledPath {
  readonly parts: readonly PathPart[];
}

const MAX_LENGTH = 2_048;
const MAX_VALUE_LENGTH = 1_024;
const PLACEHOLDER = /\{\{ *connection\.([A-Za-z_][A-Za-z0-9_-]*) *\}\}/g;
const HAZARDOUS_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
/** Stands for a value while the literal text is checked: no dot, no hex digit, no delimiter. */
const STAND_IN = 'x';
const CREDENTIAL =
  /^(api[-_]?key|access[-_]?key|access[-_]?token|auth|authorization|client[-_]?secret|password|secret|token)$/i;

/** Connection keys the path asks for are checked against `knownKeys` where it is given. */
export function parsePath(source: string, knownKeys?: readonly string[]): Checked<CompiledPath> {
  if (source.length > MAX_LENGTH) {
    return refuse('path-length', `The path is longer than ${MAX_LENGTH} characters. Shorten it.`);
  }
  const parts = split(source);
  const skeleton = parts.map((part) => (part.kind === 'literal' ? part.text : STAND_IN)).join('');
  const problems = [
    ...braceProblems(parts),
    ...literalProblems('The path', skeleton.replace(/[{}]/g, STAND_IN)),
    ...keyProblems(parts, knownKeys),
    ...credentialProblems(source),
  ];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: { parts } };
}

/** The path with the values of one sync. Only own properties of `connection` count. */
export function interpolate(
  path: CompiledPath,
  connection: Readonly<Record<string, JsonScalar>>,
): Checked<string> {
  const problems: Problem[] = [];
  let text = '';
  for (const part of path.parts) {
    if (part.kind === 'literal') {
      text += part.text;
      continue;
    }
    const value = Object.hasOwn(connection, part.key) ? connection[part.key] : undefined;
    const problem = valueProblem(part.key, value, part.place);
    if (problem !== undefined) problems.push(problem);
    else text += encode(String(value));
  }
  if (problems.length === 0 && hasDotSegment(text.split('?', 1)[0] ?? '')) {
    problems.push({
      code: 'path-dots',
      message:
        'The path becomes a segment . or .. with the connection values of this sync. Change the path or the values.',
    });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: text };
}

/** Names of the connection values a path asks for, each once. */
export function connectionKeys(path: CompiledPath): string[] {
  const keys = path.parts.flatMap((part) => (part.kind === 'value' ? [part.key] : []));
  return [...new Set(keys)];
}

function split(source: string): PathPart[] {
  const parts: PathPart[] = [];
  let end = 0;
  for (const match of source.matchAll(PLACEHOLDER)) {
    if (match.index > end) parts.push({ kind: 'literal', text: source.slice(end, match.index) });
    const place = source.slice(0, match.index).includes('?') ? 'query' : 'segment';
    parts.push({ kind: 'value', key: match[1] ?? '', place });
    end = match.index + match[0].length;
  }
  if (end < source.length || parts.length === 0) {
    parts.push({ kind: 'literal', text: source.slice(end) });
  }
  return parts;
}

function braceProblems(parts: readonly PathPart[]): Problem[] {
  const isStray = parts.some((part) => part.kind === 'literal' && /[{}]/.test(part.text));
  if (!isStray) return [];
  return [
    {
      code: 'path-placeholder',
      message:
        'The path holds a brace that belongs to no placeholder. Write placeholders as {{connection.name}}, with letters, digits, _ and - in the name.',
    },
  ];
}

function keyProblems(parts: readonly PathPart[], knownKeys?: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  for (const key of connectionKeys({ parts })) {
    if (HAZARDOUS_KEYS.has(key) || (knownKeys !== undefined && !knownKeys.includes(key))) {
      problems.push({
        code: 'path-unknown-value',
        message: `The path asks for {{connection.${key}}}, and there is no connection value of that name. Give the sync one, or use the name of one it has.`,
      });
    }
  }
  return problems;
}

/** A path is stored, shown and logged; a secret must not stand in it. */
function credentialProblems(source: string): Problem[] {
  const query = source.split('?').slice(1).join('&');
  const names = query.split('&').map((pair) => pair.split('=', 1)[0] ?? '');
  return names
    .filter((name) => CREDENTIAL.test(name))
    .map((name) => ({
      code: 'path-credential',
      message: `The query parameter ${name} looks like a credential. Give it as authentication, which is kept in the secret store.`,
    }));
}

function valueProblem(
  key: string,
  value: unknown,
  place: 'segment' | 'query',
): Problem | undefined {
  const problem = (what: string, mend: string): Problem => ({
    code: 'path-value',
    message: `The connection value ${key} ${what}, and so cannot stand in a path. ${mend}`,
  });
  if (value === undefined) return problem('is missing', 'Give it in the sync.');
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return problem('is not a finite number', 'Give it as text.');
  }
  if (!['string', 'number', 'boolean'].includes(typeof value)) {
    return problem('is neither text nor number nor boolean', 'Give it as text.');
  }
  const text = String(value);
  if (text.trim() === '') return problem('is empty', 'Give it in the sync.');
  if (text.length > MAX_VALUE_LENGTH) {
    return problem(`is longer than ${MAX_VALUE_LENGTH} characters`, 'Shorten it.');
  }
  if (/\p{Cc}/u.test(text) || !text.isWellFormed()) {
    return problem('holds a control character or broken text', 'Remove it.');
  }
  if (place === 'segment' && (text.includes('\\') || hasDotSegment(text))) {
    return problem('holds a backslash, or . or .. as a segment', 'Give the plain identifier.');
  }
  return undefined;
}

/** Everything but unreserved characters (RFC 3986). */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function refuse(code: string, message: string): Checked<never> {
  return { ok: false, problems: [{ code, message }] };
}
