/**
 * The path of an action: `/audiences/{{connection.audienceId}}/members/{{record.ID}}?list={{connection.list}}`. A value
 * fills one segment or one query value and can be nothing else, whatever it holds.
 */
import type { JsonScalar, JsonValue } from '../../contracts/json.ts';
import type { Checked, Fault, Problem } from '../words/problem.ts';
import { hasDotSegment, literalProblems } from './path-text.ts';
import { hasSecret, secretProblems } from './secret-places.ts';

/**
 * Whose value it is: the connection's, the only record's, those of all records with commas between, or the secret's, which is
 * put there when the request is sent.
 */
type Source = 'connection' | 'record' | 'records' | 'secret';

export type PathPart =
  | { readonly kind: 'literal'; readonly text: string }
  | {
      readonly kind: 'value';
      readonly of: Source;
      readonly key: string;
      readonly place: 'segment' | 'query';
    };

export interface CompiledPath {
  readonly parts: readonly PathPart[];
}

/** A path with the connection's values in it: texts that are encoded already, and fields of records. */
export type BoundPath = readonly (
  | string
  | {
      readonly of: 'record' | 'records';
      readonly field: string;
      readonly place: 'segment' | 'query';
    }
)[];

const MAX_LENGTH = 2_048;
const MAX_VALUE_LENGTH = 1_024;
const PLACEHOLDER =
  /\{\{ *(?:(connection|secret)\.([A-Za-z_][A-Za-z0-9_-]*)|(records?)\.([\p{L}_][\p{L}\p{M}\p{N}_-]*)) *\}\}/gu;
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
export function bindPath(
  path: CompiledPath,
  connection: Readonly<Record<string, JsonScalar>>,
): Checked<BoundPath> {
  const problems: Problem[] = [];
  const bound: BoundPath[number][] = [];
  for (const part of path.parts) {
    if (part.kind === 'literal') {
      addText(bound, part.text);
      continue;
    }
    const { of, key, place } = part;
    if (of === 'secret') {
      addText(bound, `{{secret.${key}}}`);
      continue;
    }
    if (of !== 'connection') {
      bound.push({ of, field: key, place });
      continue;
    }
    const value = Object.hasOwn(connection, key) ? connection[key] : undefined;
    const problem = valueProblem(value, place);
    if (problem !== undefined) problems.push(connectionProblem(key, problem));
    else addText(bound, encode(String(value)));
  }
  const text = bound.map((part) => (typeof part === 'string' ? part : STAND_IN)).join('');
  if (problems.length === 0 && hasDotSegment(pathOf(text))) {
    problems.push({
      code: 'path-dots',
      message:
        'The path becomes a segment . or .. with the connection values of this sync. Change the path or the values.',
    });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: bound };
}

function addText(bound: BoundPath[number][], text: string): void {
  const last = bound.at(-1);
  if (typeof last === 'string') bound[bound.length - 1] = last + text;
  else bound.push(text);
}

type SeenRecord = Readonly<Record<string, JsonValue>>;

/** Why a record cannot stand in the path; undefined if it can. The fault holds no value. */
export function recordPathFault(path: BoundPath, record: SeenRecord): Fault | undefined {
  for (const part of path) {
    const fault = typeof part === 'string' ? undefined : recordValueFault(part, record);
    if (fault !== undefined) return fault;
  }
  return hasDotSegment(pathOf(recordsPath(path, [record]))) ? dotsFault : undefined;
}

/** The path of a request; `{{records.FIELD}}` is the values of all of them. */
export const recordsPath = (path: BoundPath, records: readonly SeenRecord[]): string =>
  path
    .map((part) =>
      typeof part === 'string'
        ? part
        : records.map((record) => encode(String(record[part.field]))).join(','),
    )
    .join('');

function recordValueFault(
  { field, place, of }: Exclude<BoundPath[number], string>,
  record: SeenRecord,
): Fault | undefined {
  const value = Object.hasOwn(record, field) ? (record[field] ?? undefined) : undefined;
  const problem = valueProblem(value, place);
  if (problem !== undefined) return recordFault(field, problem.what);
  const isTwo = of === 'records' && String(value).includes(',');
  return isTwo ? recordFault(field, 'holds a comma, and so would arrive as two') : undefined;
}

const recordFault = (field: string, what: string): Fault => ({
  code: 'path-value',
  reason: `Field ${field} stands in the path of the request, and its value ${what}. Mend it in the export.`,
});

const dotsFault: Fault = {
  code: 'path-value',
  reason:
    'The path of the request becomes a segment . or .. with the values of this record. Mend them in the export.',
};

/** As it may be told: with the names of fields in place of their values. */
export const shownPath = (path: BoundPath): string =>
  path.map((part) => (typeof part === 'string' ? part : `{${part.field}}`)).join('');

/** The fields that a path takes from records, each once. */
export function recordFields(path: CompiledPath): string[] {
  const fields = path.parts.flatMap((part) =>
    part.kind === 'value' && (part.of === 'record' || part.of === 'records') ? [part.key] : [],
  );
  return [...new Set(fields)];
}

const pathOf = (text: string): string => text.split('?', 1)[0] ?? '';

/** Names of the connection values a path asks for, each once. */
export function connectionKeys(path: CompiledPath): string[] {
  const keys = path.parts.flatMap((part) =>
    part.kind === 'value' && part.of === 'connection' ? [part.key] : [],
  );
  return [...new Set(keys)];
}

function split(source: string): PathPart[] {
  const parts: PathPart[] = [];
  let end = 0;
  for (const match of source.matchAll(PLACEHOLDER)) {
    if (match.index > end) parts.push({ kind: 'literal', text: source.slice(end, match.index) });
    const place = source.slice(0, match.index).includes('?') ? 'query' : 'segment';
    const [, connection, value, records, field] = match;
    const of = sourceOf(connection ?? records);
    parts.push({ kind: 'value', of, key: value ?? field ?? '', place });
    end = match.index + match[0].length;
  }
  if (end < source.length || parts.length === 0) {
    parts.push({ kind: 'literal', text: source.slice(end) });
  }
  return parts;
}

const sourceOf = (name: string | undefined): Source =>
  name === 'connection' || name === 'secret' || name === 'record' ? name : 'records';

function braceProblems(parts: readonly PathPart[]): Problem[] {
  const isStray = parts.some((part) => part.kind === 'literal' && /[{}]/.test(part.text));
  if (!isStray) return [];
  return [
    {
      code: 'path-placeholder',
      message:
        'The path holds a brace that belongs to no placeholder. Write placeholders as {{connection.name}} or {{record.FIELD}}, with letters, digits, _ and - in the name.',
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
  for (const part of parts) {
    if (part.kind !== 'value') continue;
    if (part.of === 'secret') problems.push(...secretPlaceProblems(part));
    if (part.of === 'records' && part.place === 'segment') {
      problems.push({
        code: 'path-records',
        message: `{{records.${part.key}}} is the values of all records, and stands in the query only: ?ids={{records.${part.key}}}. For one record a request write {{record.${part.key}}}, with batchSize 1.`,
      });
    }
  }
  return problems;
}

/** A segment stands in logs of everybody on the way; a query is at least known for what it may hold. */
function secretPlaceProblems({ key, place }: Extract<PathPart, { kind: 'value' }>): Problem[] {
  if (place === 'query') return secretProblems('The path', `{{secret.${key}}}`);
  const message = `{{secret.${key}}} stands in a segment of the path, and a secret stands in the query only: ?key={{secret.${key}}}.`;
  return [{ code: 'path-secret', message }];
}

/** A path is stored, shown and logged; a secret must not stand in it. */
function credentialProblems(source: string): Problem[] {
  const query = source.split('?').slice(1).join('&');
  const pairs = query.split('&').map((pair) => [pair.split('=', 1)[0] ?? '', pair] as const);
  return pairs
    .filter(([name, pair]) => CREDENTIAL.test(name) && !hasSecret(pair))
    .map(([name]) => ({
      code: 'path-credential',
      message: `The query parameter ${name} looks like a credential. Give it as authentication, which is kept in the secret store, or write {{secret.apiKey}} for its value.`,
    }));
}

interface ValueProblem {
  readonly what: string;
  readonly mend: string;
}

const connectionProblem = (key: string, { what, mend }: ValueProblem): Problem => ({
  code: 'path-value',
  message: `The connection value ${key} ${what}, and so cannot stand in a path. ${mend}`,
});

function valueProblem(value: unknown, place: 'segment' | 'query'): ValueProblem | undefined {
  const problem = (what: string, mend: string): ValueProblem => ({ what, mend });
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
