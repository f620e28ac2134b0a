/** docs/templates.md is true: its examples, its table of differences and its refusals. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import jsonata from 'jsonata';
import { describe, expect, test } from 'vitest';
import { REFUSALS } from '../../shared/domain/template/refusals.ts';
import { invalidCodes } from '../../shared/domain/template/template.ts';
import { render } from './render.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/templates.md'), 'utf8');

const section = (title: string): string =>
  page.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';

const rowsOf = (text: string): string[][] =>
  [...text.matchAll(/^\|(.*)\|$/gm)].map(([, row = '']) =>
    row.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|')),
  );

const code = (cell: string | undefined): string => cell?.replace(/^`+ ?| ?`+$/g, '') ?? '';

describe('the examples', () => {
  const fence = '```';
  const blocks = [...page.matchAll(new RegExp(`${fence}(\\w+)\\n([\\s\\S]*?)${fence}`, 'g'))];
  const examples = blocks.flatMap(([, language, source = ''], index) =>
    language === 'jsonata'
      ? [[source, blocks[index + 1]?.[2] ?? '', blocks[index + 2]?.[2] ?? ''] as const]
      : [],
  );

  test('are the first one, that of one record, and one for each kind of API', () => {
    expect(examples).toHaveLength(6);
    expect(section('Four kinds of API').match(/^### /gm)).toHaveLength(4);
  });

  test.each(examples)('%s', (source, given, body) => {
    const { records, connection } = JSON.parse(given);
    const isSingle = source.includes('$$.records.EMAIL,');
    const { text, invalid } = render(source, records, connection, { isSingle });
    expect(invalid).toEqual([]);
    expect(text).toBe(JSON.stringify(JSON.parse(body)));
  });
});

describe('the differences from JSONata', () => {
  const rows = rowsOf(section('The shape never depends on the data')).slice(2);

  test('are fifteen', () => expect(rows).toHaveLength(15));

  test.each(rows)('%s with %s: %s there, %s here', async (...cells) => {
    const [source = '', given = '', there, here] = cells.map(code);
    const input = { records: JSON.parse(given), connection: {} };
    expect(JSON.stringify(await jsonata(source).evaluate(input))).toBe(there);
    expect(render(source, input.records).text).toBe(here);
    expect(there === here).toBe(false);
  });
});

test('the bodies of forms and lines are as the page shows them', () => {
  const text = section('What a body is written as').replaceAll('\n', ' ');
  const records = JSON.parse(/records `(.*?)`/.exec(text)?.[1] ?? '');
  const forms = [...text.matchAll(/`(\{[^`]*\})`,?(?: and [^`]*)? gives `([^`]*)`/g)];
  expect(forms).toHaveLength(2);
  for (const [, source = '', body] of forms) {
    expect(render(source, records, {}, { kind: 'form' }).text).toBe(body);
  }
  const [, source = '', first, second] =
    /`(\[[^`]*\])` gives `([^`]*)` and `([^`]*)`/.exec(text) ?? [];
  const lines = render(source, records, {}, { kind: 'ndjson' }).text;
  expect(lines).toBe(`${first}\n${second}\n`);
});

test('every refusal stands on the page with its message', () => {
  const rows = rowsOf(section('Refusals')).slice(2);
  expect(rows.map(([name, message]) => [code(name), message])).toEqual(Object.entries(REFUSALS));
});

test('every reason for which a record or a connection value is refused stands on the page', () => {
  const records = rowsOf(section('Records that cannot be sent')).map(([name]) => code(name));
  expect(records.slice(2)).toEqual([...invalidCodes, 'body-too-large']);
  const values = rowsOf(section('Connection values that do not fit')).map(([name]) => code(name));
  expect(values.slice(2)).toEqual([
    'connection-not-number',
    'connection-not-boolean',
    'connection-list',
  ]);
});
