/** What stands in a path is a person's: whatever a platform answers, no reason repeats it. */
import { expect, test } from 'vitest';
import { Destination } from '../../shared/contracts/destination.ts';
import type { HttpAnswer } from '../../shared/contracts/http.ts';
import { Sync } from '../../shared/contracts/sync.ts';
import { deliveryOf } from '../../shared/domain/request/delivery.ts';
import { readAnswer } from '../../shared/flow/read-answer.ts';
import { recordTools } from '../../shared/records/tools.ts';

const person = 'canary.person@example.com';

const delivery = deliveryOf(
  Destination.parse({
    id: 'd',
    name: 'D',
    baseUrl: 'https://api.example.com/v1',
    version: 1,
    actions: {
      delete: {
        method: 'DELETE',
        path: '/people/{{record.EMAIL}}/list?also={{record.EMAIL}}',
        batchSize: 1,
        bodyKind: 'none',
      },
    },
  }),
  Sync.parse({
    id: 's',
    name: 'S',
    destination: 'd',
    audience: { id: 'a', name: 'A' },
    source: { bucket: 'my-exports', prefix: 'x/' },
    key: ['email'],
    mappings: { EMAIL: { column: 'email' } },
    version: 1,
  }),
  { records: recordTools, targets: { allowLoopbackHttp: false } },
);
const record = JSON.stringify({ EMAIL: person });
const composed = delivery.compose([{ key: 'k', action: 'delete', record }], 'key-1');
const url = `https://api.example.com/v1/people/${encodeURIComponent(person)}/list`;

test('the request itself names them', () => {
  expect(composed.url).toBe(`${url}?also=${encodeURIComponent(person)}`);
  expect(composed.shownUrl).not.toContain('canary');
});

const answers: readonly HttpAnswer[] = [
  ...[302, 307, 400, 401, 403, 404, 409, 413, 422, 429, 500, 503].map((status): HttpAnswer => {
    const body = Buffer.from(JSON.stringify({ message: `No ${person}, ${person.toUpperCase()}` }));
    return { kind: 'answer', status, headers: { location: url }, body, truncated: false };
  }),
  { kind: 'none', code: 'timeout', reason: 'No answer came in time.' },
];

test.each(answers)('no reason of %j', async (answer) => {
  const read = await readAnswer(composed, answer, { missingIsDelivered: false, now: 0 });
  const told = JSON.stringify([read.fate, read.outcomes, read.ofRecords ?? null]);
  expect(told.toLowerCase()).not.toContain('canary');
  expect(read.fate.kind === 'delivered' ? '' : read.fate.reason).toContain('{EMAIL}');
});
