/** What a record without a value says, in both ways of rendering. */
import { describe, expect, test } from 'vitest';
import { FieldSettings } from '../../shared/contracts/destination.ts';
import { canonical } from '../../shared/domain/record/canonical.ts';
import { withFieldSettings } from '../../shared/domain/template/field-settings.ts';
import { parseTemplate } from '../../shared/domain/template/parse.ts';
import { compileTemplate } from '../../shared/domain/template/render.ts';
import { compileForTexts } from '../../shared/domain/template/render-texts.ts';
import type { RenderRecord } from '../../shared/domain/template/template.ts';

function settled(source: string, says: Readonly<Record<string, unknown>>) {
  const parsed = parseTemplate(source);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const settings = Object.entries(says).map(
    ([name, whenEmpty]) => [name, FieldSettings.parse({ whenEmpty })] as const,
  );
  return withFieldSettings(parsed.template, Object.fromEntries(settings));
}

/** The body as both renderers write it. */
function render(
  source: string,
  says: Readonly<Record<string, unknown>>,
  records: readonly RenderRecord[],
) {
  const { template, problems } = settled(source, says);
  expect(problems).toEqual([]);
  const { body } = compileTemplate(template).render(records, {});
  const sources = template.fields.map((field) => ({ field, slot: field }));
  const texts = records.map((record) => canonical(record));
  const other = compileForTexts(template, sources).render(texts, {});
  expect(Buffer.from(other.body).toString()).toBe(Buffer.from(body).toString());
  return JSON.parse(Buffer.from(body).toString());
}

const attributes =
  "{'attributes':[$$.records.{'external_id':ID,'phone':PHONE,'tags':TAGS,'vip':VIP}]}";

test('a member says null, an empty text or an empty list', () => {
  const says = { PHONE: null, TAGS: [], VIP: '' };
  expect(render(attributes, says, [{ ID: 'u1' }, { ID: 'u2', PHONE: '1', VIP: true }])).toEqual({
    attributes: [
      { external_id: 'u1', phone: null, tags: [], vip: '' },
      { external_id: 'u2', phone: '1', tags: [], vip: true },
    ],
  });
});

test('unsaid, or with omit, it is left out', () => {
  for (const says of [{}, { PHONE: 'omit', TAGS: 'omit', VIP: 'omit' }]) {
    expect(render(attributes, says, [{ ID: 'u1' }])).toEqual({
      attributes: [{ external_id: 'u1' }],
    });
  }
});

test('a place in a list keeps its place, and says what is asked', () => {
  const rows = '{"data": [$$.records.[EMAIL, PHONE, $number(AGE)]]}';
  expect(render(rows, { PHONE: '' }, [{ EMAIL: 'a' }, { PHONE: '1', AGE: 7 }])).toEqual({
    data: [
      ['a', '', null],
      [null, '1', 7],
    ],
  });
});

describe('a list item of a field without a value is left out', () => {
  const elements = `{"elements": [$$.records.{"action": "ADD", "userIds": [
    {"idType": "SHA256_EMAIL", "idValue": EMAIL},
    {"idType": "GOOGLE_AID", "idValue": AID},
    {"idType": "NAME", "idValue": {"first": FIRST, "last": LAST}}
  ], "last": LAST}]}`;
  const says = { EMAIL: 'omit-item', AID: 'omit-item', FIRST: 'omit-item' };
  const email = { idType: 'SHA256_EMAIL', idValue: 'e' };
  const aid = { idType: 'GOOGLE_AID', idValue: 'a' };
  const name = { idType: 'NAME', idValue: { first: 'f', last: 'l' } };

  test.each<[RenderRecord, unknown[]]>([
    [{ EMAIL: 'e', AID: 'a', FIRST: 'f', LAST: 'l' }, [email, aid, name]],
    [{ AID: 'a', LAST: 'l' }, [aid]],
    [{ EMAIL: 'e', FIRST: 'f', LAST: 'l' }, [email, name]],
    [{ LAST: 'l' }, []],
  ])('%j', (record, userIds) => {
    const last = 'LAST' in record ? { last: 'l' } : {};
    expect(render(elements, says, [record, record])).toEqual({
      elements: [
        { action: 'ADD', userIds, ...last },
        { action: 'ADD', userIds, ...last },
      ],
    });
  });

  test('several guards of one item, and a plain list', () => {
    const source = '[$$.records.{"ids": [EMAIL, PHONE, "x"], "pair": [{"a": EMAIL, "b": PHONE}]}]';
    const both = { EMAIL: 'omit-item', PHONE: 'omit-item' };
    expect(render(source, both, [{ EMAIL: 'e' }, { EMAIL: 'e', PHONE: '1' }])).toEqual([
      { ids: ['e', 'x'], pair: [] },
      { ids: ['e', '1', 'x'], pair: [{ a: 'e', b: '1' }] },
    ]);
  });
});

test('what a template cannot do is told', () => {
  expect(settled(attributes, { PHONE: 'omit-item' }).problems).toMatchObject([
    { field: 'PHONE', code: 'when-empty-no-item' },
  ]);
  expect(settled('{"all": $$.records}', { PHONE: null, TAGS: 'omit' }).problems).toMatchObject([
    { field: 'PHONE', code: 'when-empty-whole-record' },
  ]);
});

test('a byte order mark before a template is none of it', () => {
  expect(render('\ufeff[$$.records.{"id": ID}]', {}, [{ ID: 'u1' }])).toEqual([{ id: 'u1' }]);
});
