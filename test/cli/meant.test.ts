/** Somebody mistyped: the message names what was written, and what was most likely meant. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { audienceOf } from '../../cli/one-shot/sync-of-files.ts';
import { checkDocuments } from '../../cli/yaml/check.ts';
import { readDocuments } from '../../cli/yaml/read.ts';
import { nearest } from '../../shared/domain/words/near.ts';

const said = (yaml: string) =>
  readDocuments([{ name: 'a.yaml', text: yaml }]).problems.map(({ message }) => message);

const destination = `
id: my-crm
name: My CRM
baseUrl: https://api.example.com
actions: { insert: { path: /members, body: '[$$.records.email]' } }
`;
const sync = `
id: people
name: People
destination: my-crmm
audience: { id: a, name: a }
source: { bucket: exports, prefix: people/ }
key: [email]
mappings: { email: { column: email } }
`;

test('one slip of any kind is found, and a name that is merely short is not', () => {
  expect(nearest('EMIAL', ['NAME', 'EMAIL'])).toBe('EMAIL');
  expect(nearest('ab', ['cd', 'xy'])).toBeUndefined();
  const name = fc.string({ unit: 'grapheme-ascii', minLength: 6, maxLength: 20 });
  fc.assert(
    fc.property(name, fc.nat(), (meant, at) => {
      const place = at % (meant.length - 1);
      const swapped = [
        meant.slice(0, place),
        meant[place + 1],
        meant[place],
        meant.slice(place + 2),
      ];
      const cut = [meant.slice(0, place), meant.slice(place + 1)];
      for (const slip of [swapped, cut]) expect(nearest(slip.join(''), [meant])).toBe(meant);
    }),
  );
});

test('a setting, a kind and a destination that are nearly right', () => {
  expect(said(`kind: sync${sync}shedule: { type: manual }`)[0]).toContain('Did you mean schedule?');
  expect(said(`kind: Sync${sync}`)[0]).toContain('There is no kind "Sync". Write kind:');
  const [told] = said(`kind: sync${sync}schedule: daily`);
  expect(told).toBe(
    'This setting takes settings of its own below it, and here is a text. Correct it.',
  );
  const documents = readDocuments([{ name: 'a.yaml', text: `${destination}\n---${sync}` }]);
  const { warnings } = checkDocuments(documents, { allowLoopbackHttp: true });
  expect(warnings.map(({ message }) => message)).toEqual([
    'No destination of these files has the id "my-crmm". Did you mean my-crm?',
  ]);
});

test('a document that does not say its kind is known by its settings, as the JSON of the API is', () => {
  const { destinations, syncs, problems } = readDocuments([
    {
      name: 'a.json',
      text: JSON.stringify({
        id: 'a',
        name: 'a',
        baseUrl: 'https://a.example',
        actions: { insert: { path: '/x', body: '[$$.records.x]' } },
      }),
    },
    { name: 'b.yaml', text: sync },
  ]);
  expect([destinations.length, syncs.length, problems]).toEqual([1, 1, []]);
});

test.each([
  ['members.csv', 'members'],
  ['exports/members-2026-11-29.csv', 'members'],
  ['members_20261129.ndjson.gz', 'members'],
  ['2026-11-29-members.parquet', 'members'],
  ['members-2026-11-29T0600.csv', 'members'],
  ['2026-11-29.csv', '2026-11-29'],
  ['model-2026.csv', 'model-2026'],
  ['list-20269999.csv', 'list-20269999'],
])('the file %s is the audience %s', (file, audience) => {
  expect(audienceOf([file])).toBe(audience);
});
