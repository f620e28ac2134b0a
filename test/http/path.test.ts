import { describe, expect, test } from 'vitest';
import type { JsonScalar, JsonValue } from '../../shared/contracts/json.ts';
import {
  bindPath,
  type CompiledPath,
  connectionKeys,
  parsePath,
  recordFields,
  recordPathFault,
  recordsPath,
  shownPath,
} from '../../shared/domain/platform/path.ts';
import { resolveUrl } from '../../shared/domain/platform/target.ts';
import fc from '../fast-check.ts';
import badValues from './cases/bad-path-values.json' with { type: 'json' };
import attacks from './cases/bad-paths.json' with { type: 'json' };

test('there are at least twenty path attacks', () => {
  expect(attacks.length).toBeGreaterThanOrEqual(20);
});

test.each(attacks)('refused at save: $path', ({ path, code }) => {
  const parsed = parsePath(path, ['known']);
  expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.code)).toContain(code);
  expect(JSON.stringify(parsed)).not.toContain('CANARY');
});

test.each(badValues)('a value that cannot be a segment is refused: $form', ({ value }) => {
  const result = interpolate(compile('/a/{{connection.id}}/b'), { id: value });
  expect(result).toMatchObject({ ok: false, problems: [{ code: 'path-value' }] });
});

test.each([
  ['/members', {}, '/members'],
  ['/', {}, '/'],
  ['/a/{{connection.id}}/members', { id: 'x 1' }, '/a/x%201/members'],
  ['/a/{{ connection.id }}', { id: 7 }, '/a/7'],
  ['/a/{{connection.id}}', { id: false }, '/a/false'],
  ['/a/{{connection.id}}', { id: 'b/c' }, '/a/b%2Fc'],
  ['/a/{{connection.id}}', { id: '?b=c#d' }, '/a/%3Fb%3Dc%23d'],
  ['/a/{{connection.id}}', { id: '{{connection.id}}' }, '/a/%7B%7Bconnection.id%7D%7D'],
  ['/a/{{connection.id}}', { id: 'urn:li:(a)' }, '/a/urn%3Ali%3A%28a%29'],
  ['/a/{{connection.id}}', { id: 'v1..2' }, '/a/v1..2'],
  ['/a/{{connection.id}}', { id: '\u00e9\u{1f600}' }, '/a/%C3%A9%F0%9F%98%80'],
  ['/a-{{connection.id}}-{{connection.b-2}}', { id: 'x', 'b-2': 'y' }, '/a-x-y'],
  ['/a?list={{connection.id}}&x=1', { id: 'b&c=d+e' }, '/a?list=b%26c%3Dd%2Be&x=1'],
  ['/a?next={{connection.id}}', { id: '../b' }, '/a?next=..%2Fb'],
  ['/a/b%2Fc/:d;e=f,g', {}, '/a/b%2Fc/:d;e=f,g'],
])('%s with %j becomes %s', (source, connection, path) => {
  expect(interpolate(compile(source), connection)).toEqual({ ok: true, value: path });
});

test('only own properties are values', () => {
  const inherited = Object.create({ id: 'inherited' });
  expect(interpolate(compile('/a/{{connection.id}}'), inherited).ok).toBe(false);
  expect(interpolate(compile('/a/{{connection.toString}}'), {}).ok).toBe(false);
  expect(interpolate(compile('/a/{{connection.hasOwnProperty}}'), {}).ok).toBe(false);
});

test.each(['__proto__', 'constructor', 'prototype'])('no value may be named %s', (key) => {
  expect(parsePath(`/a/{{connection.${key}}}`).ok).toBe(false);
  expect(parsePath(`/a/{{connection.${key}}}`, [key]).ok).toBe(false);
});

test('every wrong value is named, and none is shown', () => {
  const result = interpolate(compile('/{{connection.a}}/{{connection.b}}'), {
    a: '..',
    b: '\u0000CANARY',
  });
  expect(result.ok ? '' : result.problems.map((problem) => problem.message).join('\n')).toMatch(
    /value a .*\n.*value b /,
  );
  expect(JSON.stringify(result)).not.toContain('CANARY');
});

test('dots that only meet when values are put side by side are refused', () => {
  const path = compile('/.{{connection.a}}/b');
  expect(interpolate(path, { a: 'x' }).ok).toBe(true);
  expect(interpolate(path, { a: ';x' }).ok).toBe(false);
});

test('a path names the values it asks for', () => {
  expect(connectionKeys(compile('/{{connection.a}}/{{connection.b}}/{{connection.a}}'))).toEqual([
    'a',
    'b',
  ]);
});

test('text that is no Unicode is refused', () => {
  expect(interpolate(compile('/{{connection.a}}'), { a: 'a\ud800' }).ok).toBe(false);
});

test('too long is refused', () => {
  expect(parsePath(`/${'a'.repeat(2_047)}`).ok).toBe(true);
  expect(parsePath(`/${'a'.repeat(2_048)}`).ok).toBe(false);
  expect(interpolate(compile('/{{connection.a}}'), { a: 'a'.repeat(1_025) }).ok).toBe(false);
});

test('whatever the value, it stays one segment below the base URL', () => {
  const path = compile('/audiences/{{connection.id}}/members?tag={{connection.id}}');
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom('.', '/', '\\', '%', '2', 'e', 'f', ';', '?', '#', '\uff0e', ' '),
    }),
  );
  fc.assert(
    fc.property(anything, (id) => {
      const result = interpolate(path, { id });
      if (!result.ok) return;
      const url = new URL(resolveUrl('https://api.example.com/v1', result.value));
      const segments = url.pathname.split('/');
      expect(segments).toHaveLength(5);
      expect(decodeURIComponent(segments[3] ?? '')).toBe(id);
      expect([segments[2], segments[4]]).toEqual(['audiences', 'members']);
      expect(url.searchParams.get('tag')).toBe(id);
      expect(url.hash).toBe('');
    }),
    { numRuns: 1_000 },
  );
});

describe('a field of the record', () => {
  const faultOf = (source: string, record: Record<string, JsonValue>) => {
    const bound = bindPath(compile(source), {});
    return bound.ok ? recordPathFault(bound.value, record) : undefined;
  };

  test.each(badValues)('cannot stand in a segment: $form', ({ value }) => {
    const fault = faultOf('/a/{{record.ID}}/b', { ID: value as JsonValue });
    expect(fault?.code).toBe('path-value');
    expect(JSON.stringify(fault)).not.toContain('CANARY');
  });

  test('is percent-encoded for where it stands, in a segment and in the query', () => {
    const bound = bindPath(compile('/{{connection.list}}/{{record.ID}}?e={{record.E-MAIL}}'), {
      list: 7,
    });
    const record = { ID: 'a/b?c', 'E-MAIL': 'ada+1@x.com&y' };
    expect(bound.ok && recordsPath(bound.value, [record])).toBe(
      '/7/a%2Fb%3Fc?e=ada%2B1%40x.com%26y',
    );
    expect(bound.ok && shownPath(bound.value)).toBe('/7/{ID}?e={E-MAIL}');
    expect(recordFields(compile('/{{record.ID}}/{{record.ID}}?x={{records.X}}'))).toEqual([
      'ID',
      'X',
    ]);
  });

  test('of all records stands in the query, and holds no comma of its own', () => {
    expect(parsePath('/a/{{records.ID}}').ok).toBe(false);
    const bound = bindPath(compile('/a?ids={{records.ID}}'), {});
    expect(bound.ok && recordsPath(bound.value, [{ ID: 'a b' }, { ID: 2 }])).toBe('/a?ids=a%20b,2');
    expect(faultOf('/a?ids={{records.ID}}', { ID: 'a,b' })?.code).toBe('path-value');
  });

  test('makes no dots beside what stands there', () => {
    expect(faultOf('/.{{record.ID}}/b', { ID: ';x' })?.code).toBe('path-value');
    expect(faultOf('/{{record.A}}{{record.B}}', { A: '%2', B: 'e' })?.code).toBe('path-value');
    expect(faultOf('/.{{record.ID}}/b', { ID: 'x' })).toBeUndefined();
  });

  test('only its own', () => {
    expect(faultOf('/{{record.toString}}', {})?.code).toBe('path-value');
    expect(faultOf('/{{record.ID}}', Object.create({ ID: 'x' }))?.code).toBe('path-value');
  });
});

/** The path of a sync with these values. */
function interpolate(path: CompiledPath, connection: Record<string, JsonScalar>) {
  const bound = bindPath(path, connection);
  return bound.ok ? { ok: true as const, value: recordsPath(bound.value, []) } : bound;
}

function compile(source: string) {
  const parsed = parsePath(source);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}
