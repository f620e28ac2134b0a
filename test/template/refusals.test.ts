import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseTemplate } from '../../shared/domain/template/parse.ts';
import { REFUSALS } from '../../shared/domain/template/refusals.ts';
import { usualUse } from '../../shared/domain/template/template.ts';

const Case = z.strictObject({
  name: z.string(),
  /** The template, or pieces of it and how many times each is repeated. */
  template: z.union([z.string(), z.array(z.tuple([z.string(), z.number()]))]),
  /** What it is written for. @default a JSON body of many records */
  use: z
    .strictObject({
      kind: z.enum(['json', 'form', 'ndjson']).optional(),
      isSingle: z.boolean().optional(),
      isCarried: z.boolean().optional(),
    })
    .optional(),
  problems: z.array(
    z.strictObject({
      code: z.string(),
      line: z.number(),
      column: z.number(),
      text: z.string(),
      message: z.string(),
    }),
  ),
});

const cases = z
  .array(Case)
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, 'refusals.json'), 'utf8')));

test.each(cases)('refused: $name', ({ template, use, problems }) => {
  const source =
    typeof template === 'string'
      ? template
      : template.map(([piece, times]) => piece.repeat(times)).join('');
  expect(parseTemplate(source, { ...usualUse, ...defined(use) })).toEqual({ ok: false, problems });
});

const defined = (use: object | undefined): object => use ?? {};

test('at least 100 templates are refused, and every refusal but the safety net is among them', () => {
  expect(cases.length).toBeGreaterThanOrEqual(100);
  const met = new Set(cases.flatMap(({ problems }) => problems.map(({ code }) => code)));
  const unmet = Object.keys(REFUSALS).filter((code) => !met.has(code));
  expect(unmet).toEqual(['syntax', 'unsupported']);
});
