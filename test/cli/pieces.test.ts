import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { indented } from '../../cli/json-text.ts';
import { guessMappings } from '../../cli/one-shot/mapping-guess.ts';
import { recordLine } from '../../cli/record-lines.ts';
import { tableOf } from '../../cli/table.ts';
import { terminalOf } from '../../cli/terminal.ts';
import { namedApart } from '../../local/snapshot-door.ts';
import { DestinationInput } from '../../shared/contracts/destination.ts';
import { csvHeader, csvLine } from '../../shared/domain/run/record-csv.ts';
import fc from '../fast-check.ts';

const plain = { style: (_: unknown, text: string) => text };

test('JSON is broken into lines as JSON.stringify would, and its numbers stay as they are', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(indented(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
    }),
  );
  expect(indented('{"id":9007199254740993,"x":1.10}')).toBe(
    '{\n  "id": 9007199254740993,\n  "x": 1.10\n}',
  );
});

describe('mappings guessed', () => {
  const destination = (body: string) =>
    DestinationInput.parse({
      id: 'a',
      name: 'a',
      baseUrl: 'https://a.example',
      actions: { insert: { path: '/x', body } },
    });
  test.each([
    [
      '[$$.records.{"a": EMAIL, "b": firstName}]',
      ['e-mail', 'first_name'],
      { EMAIL: 'e-mail', firstName: 'first_name' },
    ],
    // The very name goes before one that is alike, and two that are alike are no guess.
    ['[$$.records.{"a": email}]', ['EMAIL', 'email'], { email: 'email' }],
    ['[$$.records.{"a": email}]', ['EMAIL', 'E_Mail'], {}],
    ['[$$.records.{"a": `Straße`}]', ['Straße', 'other'], { Straße: 'Straße' }],
    ['[$$.records]', ['first name', 'b'], { first_name: 'first name', b: 'b' }],
    ['[$$.records.{"a": ', ['a'], {}],
  ])('%s of %j', (body, columns, mappings) => {
    expect(guessMappings(destination(body), columns)).toEqual(mappings);
  });
});

describe('records', () => {
  const record = {
    key: 'a,"b"\u001b[2J',
    action: 'insert',
    outcome: 'rejected',
    code: 'http-400',
    reason: 'why',
    attempts: 1,
    rows: 1,
  } as const;

  test('a key steers no terminal', () => {
    expect(recordLine(plain, record)).toBe('rejected  insert a,"b"\\u001b[2J  http-400: why');
  });

  test('CSV is quoted', () => {
    const cells = csvLine('r1', record);
    expect(cells).toBe('r1,"a,""b""\u001b[2J",insert,rejected,http-400,why,,,1,,,1,');
    expect(csvHeader.split(',')).toHaveLength(13);
  });
});

test('a table is as wide as what stands in it', () => {
  expect(
    tableOf(
      plain,
      ['a', 'long'],
      [
        ['xyz', ''],
        ['', 'b'],
      ],
    ),
  ).toBe('a    long\nxyz\n     b');
});

test('files are uploaded under names apart that a snapshot does not pass over, one given twice once', () => {
  const files = [
    '/a/part.csv',
    '/b/part.csv',
    '/a/2-part.csv',
    '/b/part.csv',
    '/_part.csv',
    '/.part.csv',
  ];
  const named = namedApart(files);
  expect([...named.values()].sort()).toEqual([...new Set(files)].sort());
  expect([...named.keys()].every((name) => /^[^._/]/.test(name))).toBe(true);
});

test('nothing in a text steers a terminal, and our own colours stay', async () => {
  const written: string[] = [];
  const output = (isTerminal: boolean) => ({
    isTerminal,
    write: async (text: string) => void written.push(text),
  });
  const world = {
    stdin: Readable.from([]),
    env: {},
    cwd: '/',
    interruption: () => new AbortController().signal,
  };
  const hostile = '\u001b[31mred\u009b2J\u202eback\r\u0007 \u0000aa31;';
  const at = terminalOf({ ...world, stdout: output(true), stderr: output(true) });
  await at.print(`${at.style('green', hostile)}\nnext`);
  await at.note(hostile);
  const shown = '\\u001b[31mred\\u009b2J\\u202eback\\u000d\\u0007 \\u0000aa31;';
  expect(written).toEqual([`\u001b[32m${shown}\u001b[39m\nnext\n`, `${shown}\n`]);
  const piped = terminalOf({ ...world, stdout: output(false), stderr: output(false) });
  await piped.print(hostile);
  expect(written.at(-1)).toBe(`${hostile}\n`);
});
