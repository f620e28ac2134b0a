/**
 * Rendering a batch of 5,000 records of about 248 bytes each with a template of nested objects, as the bytes that are
 * sent: jsonata, code written by hand for this very body, and the compiled template, by turns in one run.
 */
import { createHash } from 'node:crypto';
import jsonata from 'jsonata';
import { parseTemplate } from '../shared/domain/template/parse.ts';
import { compileTemplate } from '../shared/domain/template/render.ts';
import { amountOf, isSmoke } from './settings.ts';

const RECORDS = amountOf('rows', 5_000, 100);
/** jsonata is slow: it takes part in every tenth round only. */
const ROUNDS = amountOf('rounds', 200, 1);
const JSONATA_EVERY = 10;
const WARM_UP = isSmoke ? 0 : 20;
const TEMPLATE = `{
  "audienceId": $$.connection.audienceId,
  "members": [$$.records.{
    "user": { "email": email, "phone": phone, "name": { "first": first, "last": last } },
    "address": { "city": city, "country": country },
    "value": $number(value)
  }]
}`;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const source = Array.from({ length: RECORDS }, (_, index) => ({
  email: sha256(`member${index}@example.com`),
  phone: sha256(`+4930${1_000_000 + index}`),
  first: ['Ada', 'Grace', 'Zoë', 'Li'][index % 4] ?? '',
  last: `Name${index}`,
  city: ['Berlin', 'Paris', 'Lisboa'][index % 3] ?? '',
  country: ['DE', 'FR', 'PT'][index % 3] ?? '',
  value: String(index * 7),
}));
// As a chunk is read: every text its own.
const records: typeof source = JSON.parse(JSON.stringify(source));
const connection = { audienceId: '23850000000000001' };

const parsed = parseTemplate(TEMPLATE);
if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
const renderer = compileTemplate(parsed.template);
const expression = jsonata(TEMPLATE);

const contestants = {
  jsonata: async () => {
    return Buffer.from(JSON.stringify(await expression.evaluate({ records, connection })), 'utf8');
  },
  handwritten: () => {
    const members = records.map((record) => ({
      user: {
        email: record.email,
        phone: record.phone,
        name: { first: record.first, last: record.last },
      },
      address: { city: record.city, country: record.country },
      value: Number(record.value),
    }));
    return Buffer.from(JSON.stringify({ audienceId: connection.audienceId, members }), 'utf8');
  },
  ours: () => renderer.render(records, connection).body,
};

const expected = await contestants.jsonata();
for (const contestant of [contestants.handwritten, contestants.ours]) {
  if (!expected.equals(contestant())) throw new Error('The contestants disagree about the body.');
}

const seconds: Record<keyof typeof contestants, number[]> = {
  jsonata: [],
  handwritten: [],
  ours: [],
};

async function time(name: keyof typeof contestants, counts: boolean): Promise<void> {
  const start = process.hrtime.bigint();
  await contestants[name]();
  const took = Number(process.hrtime.bigint() - start) / 1e9;
  if (counts) seconds[name].push(took);
}

for (let round = -WARM_UP; round < ROUNDS; round++) {
  await time('handwritten', round >= 0);
  await time('ours', round >= 0);
  if (round % JSONATA_EVERY === 0) await time('jsonata', round >= 0);
}

function recordsPerSecond(name: keyof typeof contestants): number {
  const sorted = seconds[name].sort((a, b) => a - b);
  return Math.round(RECORDS / (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN));
}

const results = {
  jsonata: recordsPerSecond('jsonata'),
  handwritten: recordsPerSecond('handwritten'),
  ours: recordsPerSecond('ours'),
};
const ratio = (a: number, b: number): number => Math.round((a / b) * 100) / 100;
const ratios = {
  ours_to_handwritten: ratio(results.ours, results.handwritten),
  ours_to_jsonata: ratio(results.ours, results.jsonata),
};

console.log(`${RECORDS} records, ${Math.round(expected.length / RECORDS)} bytes each; medians`);
for (const [name, value] of Object.entries(results)) {
  console.log(`${name.padEnd(12)} ${value.toLocaleString('en').padStart(10)} records/s`);
}
console.log(JSON.stringify({ bench: 'render', unit: 'records/s', results, ratios }));
