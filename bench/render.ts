/**
 * Rendering a batch of 5,000 records as the bytes that are sent, in each form that a body has: jsonata, code written by
 * hand for this very body, and the compiled template, by turns in one run.
 */
import { createHash } from 'node:crypto';
import jsonata from 'jsonata';
import { parseTemplate } from '../shared/domain/template/parse.ts';
import { compileTemplate } from '../shared/domain/template/render.ts';
import { type TemplateUse, usualUse } from '../shared/domain/template/template.ts';
import { amountOf, isSmoke } from './settings.ts';

const RECORDS = amountOf('rows', 5_000, 100);
/** jsonata is slow: it takes part in every tenth round only. */
const ROUNDS = amountOf('rounds', 200, 1);
const JSONATA_EVERY = 10;
const WARM_UP = isSmoke ? 0 : 20;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const source = Array.from({ length: RECORDS }, (_, index) => ({
  email: sha256(`member${index}@example.com`),
  phone: sha256(`+4930${1_000_000 + index}`),
  first: ['Ada', 'Grace', 'Zoë', 'Li'][index % 4] ?? '',
  last: `Name${index}`,
  city: ['Berlin', 'Paris', 'Lisboa'][index % 3] ?? '',
  country: ['DE', 'FR', 'PT'][index % 3] ?? '',
  value: String(index * 7),
  vip: index % 2 === 0,
}));
// As a chunk is read: every text its own.
const records: typeof source = JSON.parse(JSON.stringify(source));
const connection = { audienceId: '23850000000000001' };

type Row = (typeof source)[number];
type Body = { readonly members: readonly unknown[] };

interface Form {
  readonly template: string;
  readonly use?: Partial<TemplateUse>;
  readonly handwritten: () => string;
  /** From what jsonata gives to the body. */
  readonly written?: (value: Body) => string;
}

const list = (make: (row: Row) => unknown): string =>
  JSON.stringify({ audienceId: connection.audienceId, members: records.map(make) });

const forms: Readonly<Record<string, Form>> = {
  nested: {
    template: `{
      "audienceId": $$.connection.audienceId,
      "members": [$$.records.{
        "user": { "email": email, "phone": phone, "name": { "first": first, "last": last } },
        "address": { "city": city, "country": country },
        "value": $number(value)
      }]
    }`,
    handwritten: () =>
      list((row) => ({
        user: { email: row.email, phone: row.phone, name: { first: row.first, last: row.last } },
        address: { city: row.city, country: row.country },
        value: Number(row.value),
      })),
  },
  texts: {
    template: `{
      "audienceId": $$.connection.audienceId,
      "members": [$$.records.{
        "path": "/USER-" & email & "/audiences",
        "name": first & " " & last,
        "vip": $string(vip),
        "isVip": $boolean(vip)
      }]
    }`,
    handwritten: () =>
      list((row) => ({
        path: `/USER-${row.email}/audiences`,
        name: `${row.first} ${row.last}`,
        vip: String(row.vip),
        isVip: Boolean(row.vip),
      })),
  },
  keyed: {
    template: `{
      "audienceId": $$.connection.audienceId,
      "members": $$.records{email: {"phone": phone, "first": first, "city": city}}
    }`,
    handwritten: () =>
      JSON.stringify({
        audienceId: connection.audienceId,
        members: Object.fromEntries(
          records.map((row) => [row.email, { phone: row.phone, first: row.first, city: row.city }]),
        ),
      }),
  },
  join: {
    template:
      '{"operation_type": "ADD", "list": $$.connection.audienceId, "records": $join($$.records.email, ",")}',
    handwritten: () =>
      JSON.stringify({
        operation_type: 'ADD',
        list: connection.audienceId,
        records: records.map(({ email }) => email).join(','),
      }),
  },
  form: {
    template: '{"operation": "add", "members": [$$.records.email]}',
    use: { kind: 'form' },
    handwritten: () =>
      new URLSearchParams([
        ['operation', 'add'],
        ...records.map(({ email }): [string, string] => ['members', email]),
      ]).toString(),
    written: ({ members }) =>
      new URLSearchParams([
        ['operation', 'add'],
        ...members.map((member): [string, string] => ['members', String(member)]),
      ]).toString(),
  },
  ndjson: {
    template: '[$$.records.{"email": email, "phone": phone, "first": first, "city": city}]',
    use: { kind: 'ndjson' },
    handwritten: () =>
      records
        .map(
          ({ email, phone, first, city }) => `${JSON.stringify({ email, phone, first, city })}\n`,
        )
        .join(''),
    written: (value) =>
      Array.isArray(value) ? value.map((line) => `${JSON.stringify(line)}\n`).join('') : '',
  },
};

const names = ['jsonata', 'handwritten', 'ours'] as const;
type Name = (typeof names)[number];

function contestantsOf({ template, use, handwritten, written = JSON.stringify }: Form) {
  const parsed = parseTemplate(template, { ...usualUse, ...use });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  const renderer = compileTemplate(parsed.template);
  const expression = jsonata(template);
  return {
    jsonata: async () =>
      Buffer.from(written(await expression.evaluate({ records, connection })), 'utf8'),
    handwritten: () => Buffer.from(handwritten(), 'utf8'),
    ours: () => renderer.render(records, connection).body,
  };
}

async function measured(form: Form) {
  const contestants = contestantsOf(form);
  const expected = await contestants.jsonata();
  for (const contestant of [contestants.handwritten, contestants.ours]) {
    if (!expected.equals(contestant())) throw new Error('The contestants disagree about the body.');
  }
  const seconds: Record<Name, number[]> = { jsonata: [], handwritten: [], ours: [] };
  const time = async (name: Name, counts: boolean): Promise<void> => {
    const start = process.hrtime.bigint();
    await contestants[name]();
    const took = Number(process.hrtime.bigint() - start) / 1e9;
    if (counts) seconds[name].push(took);
  };
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    await time('handwritten', round >= 0);
    await time('ours', round >= 0);
    if (round % JSONATA_EVERY === 0) await time('jsonata', round >= 0);
  }
  const [jsonataSpeed, handwritten, ours] = names.map((name) => {
    const sorted = seconds[name].sort((a, b) => a - b);
    return Math.round(RECORDS / (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN));
  });
  return {
    jsonata: jsonataSpeed ?? 0,
    handwritten: handwritten ?? 0,
    ours: ours ?? 0,
    bytes: expected.length,
  };
}

const ratio = (a: number, b: number): number => Math.round((a / b) * 100) / 100;

const results: Record<string, number> = {};
const ratios: Record<string, number> = {};
for (const [name, form] of Object.entries(forms)) {
  const { bytes, ...speeds } = await measured(form);
  const prefix = name === 'nested' ? '' : `${name}_`;
  console.log(`${name}: ${RECORDS} records, ${Math.round(bytes / RECORDS)} bytes each; medians`);
  for (const [who, value] of Object.entries(speeds)) {
    results[`${prefix}${who}`] = value;
    console.log(`${who.padEnd(12)} ${value.toLocaleString('en').padStart(10)} records/s`);
  }
  ratios[`${prefix}ours_to_handwritten`] = ratio(speeds.ours, speeds.handwritten);
  ratios[`${prefix}ours_to_jsonata`] = ratio(speeds.ours, speeds.jsonata);
}
console.log(JSON.stringify({ bench: 'render', unit: 'records/s', results, ratios }));
