/** What the presets make of answers that the platforms document: refusals, throttles, single failures. */
import { expect, test } from 'vitest';
import written from '../../docs/presets.json' with { type: 'json' };
import { type ActionName, DestinationInput } from '../../shared/contracts/destination.ts';
import type { JsonValue } from '../../shared/contracts/json.ts';
import type { Judgement } from '../../shared/domain/response/judge.ts';
import { judged } from '../response/setup.ts';

interface Case {
  readonly preset: string;
  readonly action?: 'insert' | 'delete';
  readonly when: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: JsonValue;
  readonly is: object;
}

const ids = ['A@x.test', 'b@x.test', 'c@x.test'];
const usage = (minutes: number) => ({
  'x-business-use-case-usage': `{"1":[{"type":"custom_audience","call_count":100,"total_cputime":25,"total_time":25,"estimated_time_to_regain_access":${minutes}}]}`,
});
const delivered = { kind: 'judged', success: true, failed: [] };
const failing = (...indices: number[]) => ({ kind: 'judged', success: true, failed: indices });
const refused = { kind: 'judged', success: false };
const again = (wait?: number) => ({ kind: 'again', wait });
const meta = (error: { readonly [name: string]: JsonValue }): JsonValue => ({ error });

const cases: Case[] = [
  {
    preset: 'meta',
    when: 'takes all',
    body: { num_received: 3, num_invalid_entries: 0 },
    is: { ...delivered, unmatched: 0 },
  },
  {
    preset: 'meta',
    when: 'counts an invalid one',
    body: { num_received: 3, num_invalid_entries: 1 },
    is: { ...delivered, unmatched: 1 },
  },
  { preset: 'meta', when: 'answers with the page of a proxy', body: 'ok', is: refused },
  {
    preset: 'meta',
    when: 'throttles with 400, 17',
    status: 400,
    body: meta({ code: 17, error_subcode: 2446079 }),
    is: again(),
  },
  {
    preset: 'meta',
    action: 'delete',
    when: 'throttles with 403, 613',
    status: 403,
    body: meta({ code: 613 }),
    is: again(),
  },
  {
    preset: 'meta',
    when: 'names minutes',
    status: 400,
    headers: usage(7),
    body: meta({ code: 80003 }),
    is: again(420),
  },
  {
    preset: 'meta',
    when: 'names no minutes',
    status: 400,
    headers: usage(0),
    body: meta({ code: 80003 }),
    is: again(),
  },
  {
    preset: 'meta',
    when: 'finds the token expired',
    status: 400,
    body: meta({ code: 190, error_subcode: 463 }),
    is: { kind: 'credentials' },
  },
  {
    preset: 'meta',
    when: 'lacks a permission',
    status: 403,
    body: meta({ code: 200 }),
    is: { kind: 'credentials' },
  },
  {
    preset: 'meta',
    when: 'blocks the upload',
    status: 400,
    body: meta({ code: 100, error_subcode: 1713230 }),
    is: { kind: 'as-status' },
  },
  {
    preset: 'google-customer-match',
    when: 'accepts with warnings',
    body: { requestId: 'r', fieldWarnings: [{ reason: 'x' }] },
    is: delivered,
  },
  {
    preset: 'google-customer-match',
    when: 'refuses for one member',
    status: 400,
    body: { error: { code: 400 } },
    is: { kind: 'as-status' },
  },
  { preset: 'tiktok', when: 'takes all', body: { code: 0, message: 'OK' }, is: delivered },
  { preset: 'tiktok', when: 'throttles with 200', body: { code: 40100 }, is: again() },
  {
    preset: 'tiktok',
    action: 'delete',
    when: 'throttles a removal with 200',
    body: { code: 40100 },
    is: again(),
  },
  {
    preset: 'tiktok',
    when: 'wants another token, with 200',
    body: { code: 40105 },
    is: { kind: 'credentials' },
  },
  { preset: 'tiktok', when: 'refuses a parameter, with 200', body: { code: 40002 }, is: refused },
  {
    preset: 'linkedin',
    when: 'has a status for each',
    body: { elements: [{ status: 201 }, { status: 400, message: 'no' }, { status: 201 }] },
    is: failing(1),
  },
  {
    preset: 'linkedin',
    action: 'delete',
    when: 'removes who is not there',
    body: { elements: [{ status: 201 }, { status: 201 }, { status: 201 }] },
    is: delivered,
  },
  {
    preset: 'braze',
    when: 'names failures in a 201',
    status: 201,
    body: {
      message: 'success',
      errors: [{ type: 'EXTERNAL_USER_ID_TOO_LARGE', input_array: 'attributes', index: 2 }],
    },
    is: failing(2),
  },
  {
    preset: 'braze',
    when: 'names a failure without a place',
    status: 201,
    body: { message: 'success', errors: [{ type: 'odd', input_array: 'attributes' }] },
    is: { kind: 'uncertain' },
  },
  {
    preset: 'iterable',
    when: 'names failures in lower case',
    body: {
      successCount: 1,
      failCount: 2,
      failedUpdates: {
        invalidEmails: ['a@x.test'],
        forgottenEmails: ['c@x.test'],
        notFoundEmails: [],
      },
    },
    is: failing(0, 2),
  },
  {
    preset: 'iterable',
    action: 'delete',
    when: 'finds nobody to remove',
    body: { successCount: 2, failCount: 1, failedUpdates: { notFoundEmails: ['b@x.test'] } },
    is: delivered,
  },
  {
    preset: 'criteo',
    when: 'names a sample',
    body: {
      data: {
        attributes: {
          nbValidIdentifiers: 2,
          nbInvalidIdentifiers: 1,
          sampleInvalidIdentifiers: ['b@x.test'],
        },
      },
    },
    is: { ...failing(1), unmatched: 0 },
  },
  {
    preset: 'snapchat',
    when: 'fails below a success',
    body: { request_status: 'SUCCESS', users: [{ sub_request_status: 'ERROR' }] },
    is: refused,
  },
  {
    preset: 'snapchat',
    when: 'takes all',
    body: { request_status: 'SUCCESS', users: [{ sub_request_status: 'SUCCESS' }] },
    is: delivered,
  },
  {
    preset: 'microsoft-advertising',
    when: 'names items',
    body: { PartialErrors: [{ Index: 1, ErrorCode: 'InvalidEmail' }] },
    is: failing(1),
  },
  {
    preset: 'microsoft-advertising',
    when: 'takes all',
    body: { PartialErrors: [] },
    is: delivered,
  },
  {
    preset: 'microsoft-advertising',
    when: 'finds the token expired, with 500',
    status: 500,
    body: { Errors: [{ Code: 109 }], Type: 'AdApiFaultDetail' },
    is: { kind: 'credentials' },
  },
  {
    preset: 'microsoft-advertising',
    when: 'throttles',
    status: 400,
    body: { Errors: [{ Code: 117 }] },
    is: again(60),
  },
  {
    preset: 'brevo',
    action: 'delete',
    when: 'keeps one',
    status: 201,
    body: { contacts: { success: ['A@x.test', 'c@x.test'], failure: ['b@x.test'], total: 2 } },
    is: failing(1),
  },
  {
    preset: 'mailchimp',
    when: 'passes one over',
    body: { total_added: 2, total_removed: 0, errors: [] },
    is: { ...delivered, unmatched: 1 },
  },
  {
    preset: 'hubspot-list',
    when: 'misses one',
    body: { recordIdsAdded: ['1'], recordIdsMissing: ['b@x.test'] },
    is: failing(1),
  },
  {
    preset: 'hubspot-list',
    action: 'delete',
    when: 'misses one at a removal',
    body: { recordIdsRemoved: [], recordIdsMissing: ['b@x.test'] },
    is: delivered,
  },
  { preset: 'hubspot-list', when: 'says nothing with a 200', body: {}, is: refused },
  {
    preset: 'hubspot-contacts',
    when: 'names one by the key that it was sent',
    status: 207,
    body: {
      results: [{ id: '1' }, { id: '2' }],
      errors: [{ category: 'VALIDATION_ERROR', context: { objectWriteTraceId: ['b@x.test'] } }],
    },
    is: failing(1),
  },
  {
    preset: 'hubspot-contacts',
    action: 'delete',
    when: 'writes nothing with a 200',
    body: { results: [], errors: [] },
    is: refused,
  },
];

test.each(cases)('$preset $when', async ({ preset, action = 'insert', is, ...answer }) => {
  const found = await judged(rulesOf(preset, action), answer.body, {
    answer: { status: answer.status ?? 200, headers: answer.headers ?? {} },
    records: ids.map((id) => ({ EMAIL: id, ID: id })),
  });
  expect(plain(found)).toMatchObject(is);
});

function rulesOf(preset: string, action: ActionName) {
  const destination = written.find(({ id }) => id === preset)?.destination;
  const actions = DestinationInput.shape.actions.parse(destination?.actions);
  const own = actions[action];
  return (own !== 'insert' && own?.responseRules) || {};
}

/** Failures by their place alone. */
const plain = (judgement: Judgement) =>
  judgement.kind === 'judged' || judgement.kind === 'named'
    ? { ...judgement, failed: [...judgement.failed.keys()] }
    : judgement;
