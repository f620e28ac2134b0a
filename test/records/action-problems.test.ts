/** What is told when a destination is saved whose actions could not do what they seem to say. */
import { expect, test } from 'vitest';
import { Destination } from '../../shared/contracts/destination.ts';
import { actionWarnings } from '../../shared/domain/request/action-checks.ts';
import { checkDestination } from '../../shared/domain/settings/destination-check.ts';
import { recordTools } from '../../shared/records/tools.ts';

const insert = { path: '/members', body: '{"ids": [$$.records.{"id": ID}]}' };
const destinationOf = (more: object) =>
  Destination.parse({
    id: 'platform',
    name: 'Platform',
    baseUrl: 'https://api.example.com',
    version: 1,
    actions: { insert },
    ...more,
  });

const told: [why: string, more: object, expected: string[]][] = [
  ['nothing', {}, []],
  [
    'an id that the platform has as a number',
    {
      actions: {
        insert: {
          ...insert,
          body: '{"id": $number($$.connection.audienceId), "m": [$$.records.{"id": ID}]}',
        },
      },
    },
    [],
  ],
  ['no action', { actions: {} }, ['actions-missing destination.actions']],
  [
    'updates like inserts, of which there are none',
    { actions: { update: 'insert', delete: insert } },
    ['update-without-insert destination.actions.update'],
  ],
  [
    'the notation of paths in a body',
    {
      actions: {
        insert: {
          ...insert,
          body: '{"a": "{{connection.audienceId}}", "m": [$$.records.{"id": ID}]}',
        },
      },
    },
    ['placeholder-notation destination.actions.insert.body'],
  ],
  [
    'a placeholder in a header',
    { headers: { 'x-audience': '{{connection.audienceId}}' } },
    ['placeholder-notation destination.headers["x-audience"]'],
  ],
  [
    'the notation of bodies in a path',
    { actions: { insert: { ...insert, path: '/a/$$.connection.audienceId/m' } } },
    ['placeholder-notation destination.actions.insert.path'],
  ],
];

test.each(told)('%s', (_, more, expected) => {
  const tools = { records: recordTools, targets: { allowLoopbackHttp: false } };
  const problems = checkDestination(destinationOf(more), tools);
  expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual(expected);
});

test('a GET, which holds nothing of a record, is warned of', () => {
  const actions = { insert: { ...insert, method: 'GET' } };
  expect(actionWarnings(destinationOf({ actions }))).toMatchObject([
    { code: 'get-without-records', path: 'destination.actions.insert.method' },
  ]);
  expect(actionWarnings(destinationOf({}))).toEqual([]);
});
