/** The compiled template against jsonata. A failure prints its seed; TEMPLATE_SEED runs it again. */

import jsonata from 'jsonata';
import { expect, test } from 'vitest';
import type { JsonValue } from '../../shared/contracts/json.ts';
import { canonical } from '../../shared/domain/record/canonical.ts';
import { parseTemplate } from '../../shared/domain/template/parse.ts';
import { compileTemplate, type Renderer } from '../../shared/domain/template/render.ts';
import { compileForTexts } from '../../shared/domain/template/render-texts.ts';
import { type TemplateUse, usualUse } from '../../shared/domain/template/template.ts';
import { InvariantError } from '../../shared/domain/words/errors.ts';
import { cases } from '../depth.ts';
import fc from '../fast-check.ts';
import {
  anyConnection,
  anyRecord,
  type Drawn,
  fullConnection,
  fullRecord,
  Printer,
  template,
  templateOfOne,
} from './generate.ts';
import { oracleBody, sendable } from './oracle.ts';

const seed = Number(process.env['TEMPLATE_SEED'] ?? Date.now() % 2 ** 31);
console.log(`differential test of templates: seed ${seed}`);

const choices = fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 20 });

const ofOne = { ...usualUse, isSingle: true };

function compiled(source: string, use = usualUse): Renderer {
  const parsed = parseTemplate(source, use);
  if (!parsed.ok) throw new Error(`${source}\n${JSON.stringify(parsed.problems, null, 2)}`);
  return compileTemplate(parsed.template);
}

/** As chunks hold them; undefined where whole records are sent. */
function byText(
  source: string,
  use: TemplateUse,
  batch: readonly Readonly<Record<string, JsonValue>>[],
  connection: Readonly<Record<string, JsonValue>>,
) {
  const parsed = parseTemplate(source, use);
  if (!parsed.ok || parsed.template.wholeRecords) return undefined;
  const sources = parsed.template.fields.map((field) => ({ field, slot: `${field}|"é` }));
  // Two fields the action does not send: one that stands first, one that stands last.
  const texts = batch.map((record) =>
    canonical({
      '!': [{ '7': '}"' }, null],
      ...Object.fromEntries(Object.entries(record).map(([name, v]) => [`${name}|"é`, v])),
      '\uffff': '\\',
    }),
  );
  return compileForTexts(parsed.template, sources).render(texts, connection);
}

const textOf = (body: Uint8Array): string => Buffer.from(body).toString('utf8');
const print = (drawn: Drawn, chosen: readonly number[]): string =>
  new Printer(chosen, 'as they are').print(drawn);

test('with a value in every field, two records or more: the very bytes of jsonata and JSON.stringify', async () => {
  const records = fc.array(fullRecord, { minLength: 2, maxLength: 5 });
  const property = fc.asyncProperty(
    template,
    choices,
    records,
    fullConnection,
    async (drawn, chosen, drawnBatch, connection) => {
      const batch = sendable(drawn, drawnBatch);
      if (batch.length < 2) return;
      const source = print(drawn, chosen);
      const expected = await jsonata(source).evaluate({ records: batch, connection });
      const { body, sent, invalid } = compiled(source).render(batch, connection);
      expect(textOf(body)).toBe(JSON.stringify(expected));
      expect({ sent, invalid }).toEqual({ sent: batch.length, invalid: [] });
    },
  );
  await fc.assert(property, { seed, numRuns: cases(300, 1_000) });
});

test('with any records: jsonata again, but for the differences that are promised', async () => {
  const records = fc.array(anyRecord, { minLength: 1, maxLength: 6 });
  const property = fc.asyncProperty(
    template,
    choices,
    records,
    anyConnection,
    async (drawn, chosen, batch, connection) => {
      const { body, sent, invalid } = compiled(print(drawn, chosen)).render(batch, connection);
      const good = sendable(drawn, batch);
      expect(sent).toBe(good.length);
      expect(invalid.map(({ index }) => index)).toEqual(
        batch.flatMap((record, index) => (good.includes(record) ? [] : [index])),
      );
      const expected = good.length === 0 ? '' : await oracleBody(drawn, chosen, good, connection);
      expect(textOf(body)).toBe(expected);
    },
  );
  await fc.assert(property, { seed, numRuns: cases(500, 2_000) });
});

test('a request of one record: jsonata again, and its object is an object', async () => {
  const property = fc.asyncProperty(
    templateOfOne,
    choices,
    anyRecord,
    anyConnection,
    async (drawn, chosen, record, connection) => {
      const source = print(drawn, chosen);
      const { body, sent } = compiled(source, ofOne).render([record], connection);
      const good = sendable(drawn, [record]);
      expect(sent).toBe(good.length);
      const expected = sent === 0 ? '' : await oracleBody(drawn, chosen, good, connection);
      expect(textOf(body)).toBe(expected);
      const alone = byText(source, ofOne, [record], connection);
      const seen = JSON.parse(canonical(record));
      const byRecord = compiled(source, ofOne).render([seen], connection);
      if (alone !== undefined) expect(textOf(alone.body)).toBe(textOf(byRecord.body));
    },
  );
  await fc.assert(property, { seed, numRuns: cases(500, 2_000) });
});

test('from the texts of records: the very bytes that the records themselves give, and the same refusals', () => {
  const records = fc.array(anyRecord, { minLength: 1, maxLength: 6 });
  const property = fc.property(
    template,
    choices,
    records,
    anyConnection,
    (drawn, chosen, batch, connection) => {
      const source = print(drawn, chosen);
      const texts = byText(source, usualUse, batch, connection);
      if (texts === undefined) return;
      const seen: typeof batch = batch.map((record) => JSON.parse(canonical(record)));
      const byRecord = compiled(source).render(seen, connection);
      expect(textOf(texts.body)).toBe(textOf(byRecord.body));
      expect({ ...texts, body: 0 }).toEqual({ ...byRecord, body: 0 });
    },
  );
  fc.assert(property, { seed, numRuns: cases(500, 2_000) });
});

test('the text of a record that was damaged is refused, never sent in part', () => {
  const parsed = parseTemplate('[$$.records.{"a": a, "b": b}]');
  if (!parsed.ok) throw new Error('The template is refused.');
  const sources = ['a', 'b'].map((field) => ({ field, slot: field }));
  const renderer = compileForTexts(parsed.template, sources);
  const property = fc.property(anyRecord, fc.nat(), ({ email = null, age = null }, at) => {
    const whole = canonical({ a: email, b: age, c: 'x' });
    const cut = whole.slice(0, at % whole.length);
    renderer.render([whole], {});
    expect(() => renderer.render([cut], {})).toThrow(InvariantError);
  });
  fc.assert(property, { seed, numRuns: cases(300, 1_000) });
});

test('whatever is written is read or refused, without a throw', () => {
  const pieces = fc.constantFrom(
    ...'{ } [ ] ( ) . , : ; ? ?: ?? @ # ^ & + - * ** / % = ! ~> .. := < | "a" \'b\' `c` a or 1 0.5 null true'.split(
      ' ',
    ),
    ...[
      '$',
      '$$',
      '$number',
      '$number(',
      '$$.records',
      '$$.records.',
      '[$$.records.',
      '$$.connection.',
      '"a":',
    ],
    ...[
      '{"a":',
      ' ',
      '\n',
      '/*',
      '*/',
      '"',
      "'",
      '`',
      '\\',
      'function(',
      '\u00a0',
      '\ud800',
      '[$$.records.a]',
    ],
  );
  const source = fc.oneof(
    fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 60 }),
  );
  const property = fc.property(source, (text) => {
    const parsed = parseTemplate(text);
    if (parsed.ok) return;
    expect(parsed.problems.length).toBeGreaterThan(0);
    for (const problem of parsed.problems) expect(pieceAt(text, problem)).toBe(true);
  });
  fc.assert(property, { seed, numRuns: cases(1_000, 3_000) });
});

function pieceAt(source: string, at: { line: number; column: number; text: string }): boolean {
  const line = source.split('\n')[at.line - 1] ?? '';
  return line.startsWith(at.text.replace(/…$/, ''), at.column - 1);
}
