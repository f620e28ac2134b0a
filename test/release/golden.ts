/** What settings make of rows: one fingerprint, one record. Kept in `records.json`, which `npm run release:state` writes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { JsonValue } from '../../shared/contracts/json.ts';
import { recordsOf, type Setup } from '../records/setup.ts';

const Kept = z.record(
  z.string(),
  z.strictObject({
    fingerprint: z.string(),
    /** By the row: its record's text, or the code of its fault. */
    made: z.array(z.strictObject({ row: z.record(z.string(), z.unknown()), makes: z.string() })),
  }),
);
export type Kept = z.infer<typeof Kept>;

const file = fileURLToPath(new URL('records.json', import.meta.url));

const both = (settings: object, rest: object = {}): Setup => ({
  insert: { fields: ['F', 'G'], settings: { F: settings } },
  delete: { fields: ['F'], settings: { F: settings } },
  mappings: { F: { column: 'f' }, G: { column: 'g' } },
  ...rest,
});

const setups: Readonly<Record<string, Setup>> = {
  plain: both({}),
  required: both({ required: true }),
  'empty as text': both({ whenEmpty: '' }),
  'whole records': {
    insert: { fields: '*' },
    mappings: { F: { column: 'f' }, G: { value: 7 }, H: { value: true }, I: { value: 'text' } },
  },
  literals: {
    insert: { fields: ['F', 'S', 'N'], settings: { S: { hash: 'SHA256' } } },
    mappings: { F: { column: 'f' }, S: { value: 's' }, N: { value: 1.5 } },
  },
  ...Object.fromEntries(['MD5', 'SHA256', 'SHA512'].map((hash) => [hash, both({ hash })])),
  'two hashes of one field': {
    insert: { fields: ['F'], settings: { F: { hash: 'SHA256' } } },
    delete: { fields: ['F'], settings: { F: { hash: 'MD5' } } },
    mappings: { F: { column: 'f' } },
  },
  'comes hashed': both({ hash: 'SHA256' }, { hashPersonalData: false }),
  'update of its own': {
    insert: { fields: ['F', 'G'] },
    update: { fields: ['G'] },
    mappings: { F: { column: 'f' }, G: { column: 'g' } },
  },
  'an identity': both({ hash: 'SHA256' }, { identity: ['F'] }),
  ...Object.fromEntries(
    ['trim', 'lowercase', 'email', 'name', 'date', 'country', 'gender'].map((rule) => [
      rule,
      both({}, { normalise: { F: rule } }),
    ]),
  ),
  gmail: both({ hash: 'SHA256' }, { normalise: { F: { rule: 'email', gmail: true } } }),
  'dropped where unreadable': both({}, { normalise: { F: { rule: 'email', unreadable: 'drop' } } }),
  phone: both({ hash: 'SHA256' }, { normalise: { F: { rule: 'phone', country: 'DE' } } }),
};

const values: readonly JsonValue[] = [
  'ada@example.com',
  ' Ada.Lovelace+x@GMAIL.com ',
  '',
  '   ',
  null,
  '0170 1234567',
  'Straße ÄÖÜ İı',
  'a\u0301 \u00e1 \u{1f9ea}',
  'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  '1234567890123456789',
  '1815-12-10',
  'Germany',
  'female',
  'line\nbreak "quoted" \\',
];

const rows = values.map((f, index) => ({
  id: `${index}`,
  f,
  g: index % 2 === 0 ? `${index}` : '',
}));

/** As the code of today makes them. */
export function storedRecords(): Kept {
  return Object.fromEntries(
    Object.entries(setups).map(([name, setup]) => {
      const records = recordsOf(setup);
      const made = rows.map((row) => {
        const cells: Readonly<Record<string, JsonValue>> = row;
        const result = records.make(records.columns.map((column) => cells[column] ?? null));
        return { row, makes: result.ok ? result.record : `fault: ${result.fault.code}` };
      });
      return [name, { fingerprint: records.fingerprint, made }];
    }),
  );
}

export const keptRecords = (): Kept => Kept.parse(JSON.parse(readFileSync(file, 'utf8')));

export const writeRecords = (records: Kept): void =>
  writeFileSync(file, `${JSON.stringify(records, null, 1)}\n`);
