/**
 * What the answers of known platforms mean, by rules that a destination for them would have. The answers are made after the
 * platforms' public documentation, as named in each title.
 */
import { expect, test } from 'vitest';
import { fateByRules } from '../../shared/domain/response/fate.ts';
import type { SentRecord } from '../../shared/domain/response/rule.ts';
import { judged, outcomeRows, type Sources } from './setup.ts';

const sent: readonly SentRecord[] = [
  { EMAIL: 'Ada@Example.com', TRACE: 'k1', CRM: '101' },
  { EMAIL: 'grace@example.com', TRACE: 'k2', CRM: '102' },
  { EMAIL: 'zoe@example.com', TRACE: 'k3', CRM: '103' },
];
const now = Date.UTC(2026, 10, 29, 12);

interface Answered {
  readonly rules: Sources;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: whatever a platform answers
  readonly body?: any;
  readonly fields?: readonly string[];
}

const judgement = ({ rules, status = 200, headers = {}, body, fields }: Answered) =>
  judged(rules, body, {
    answer: { status, headers },
    records: sent,
    ...(fields && { fields }),
  });

/** Which of the records were not taken; by position, by value, by a key that the request carries. */
const failures: readonly (readonly [string, Answered, readonly number[]])[] = [
  [
    'LinkedIn, DMP segment users: a status for each element, 201 also for who is there already',
    {
      rules: {
        failed: '$$.body.elements.{"failed": status >= 400, "code": status, "message": message}',
      },
      body: { elements: [{ status: 201 }, { status: 400, message: 'bad' }, { status: 201 }] },
    },
    [1],
  ],
  [
    'Braze, users/track: errors by index',
    {
      rules: { failed: '$$.body.errors[$exists(index)].{"index": index, "code": type}' },
      status: 201,
      body: { message: 'success', errors: [{ type: 'bad', index: 2 }, { type: 'of all' }] },
    },
    [2],
  ],
  [
    'Microsoft Advertising, Apply: PartialErrors by Index',
    {
      rules: { failed: '$$.body.PartialErrors.{"index": Index, "code": Code, "message": Message}' },
      body: { PartialErrors: [{ Index: 0, Code: 4, Message: 'InvalidEmail' }] },
    },
    [0],
  ],
  [
    'Customer.io, v2 batch: 207 with batch_index',
    {
      rules: {
        failed: '$$.body.errors.{"index": batch_index, "code": reason, "message": message}',
      },
      status: 207,
      body: { errors: [{ batch_index: 1, reason: 'invalid', message: 'x' }] },
    },
    [1],
  ],
  [
    'Iterable, lists/subscribe: addresses that the server writes small; who is not found is done',
    {
      rules: { failed: '$$.body.failedUpdates.[invalidEmails, forgottenEmails]' },
      body: {
        successCount: 1,
        failCount: 2,
        failedUpdates: {
          invalidEmails: ['ada@example.com'],
          forgottenEmails: ['zoe@example.com'],
          notFoundEmails: ['grace@example.com'],
        },
      },
    },
    [0, 2],
  ],
  [
    'Mailchimp, batch subscribe: errors by address',
    {
      rules: {
        failed: '$$.body.errors.{"id": email_address, "code": error_code, "message": error}',
      },
      body: { errors: [{ email_address: 'grace@example.com', error: 'x', error_code: 'E' }] },
    },
    [1],
  ],
  [
    'HubSpot, contacts/batch/upsert: a trace id that the request carries, beside an identity of another kind',
    {
      rules: {
        success: '$count($$.body.results) + $count($$.body.errors) > 0',
        failed:
          '$$.body.errors.{"field": "TRACE", "id": context.objectWriteTraceId, "code": category, "message": message}',
      },
      status: 207,
      body: {
        results: [{ id: '1', objectWriteTraceId: 'k1' }],
        errors: [{ category: 'VALIDATION_ERROR', context: { objectWriteTraceId: ['k2', 'k3'] } }],
      },
      fields: ['EMAIL'],
    },
    [1, 2],
  ],
  [
    'X, custom audiences: taken when all are',
    {
      rules: { success: '$$.body.data.success_count = $$.body.data.total_count' },
      body: { data: { success_count: 2, total_count: 3 } },
    },
    [0, 1, 2],
  ],
  [
    'Snapchat, segments: a second status within a success',
    {
      rules: {
        success:
          '$$.body.request_status = "SUCCESS" and $count($$.body.users[sub_request_status != "SUCCESS"]) = 0',
      },
      body: { request_status: 'SUCCESS', users: [{ sub_request_status: 'ERROR' }] },
    },
    [0, 1, 2],
  ],
  [
    'HubSpot: a success that wrote nothing',
    {
      rules: { success: '$count($$.body.results) + $count($$.body.errors) > 0' },
      body: { results: [], errors: [] },
    },
    [0, 1, 2],
  ],
];

test.each(failures)('%s', async (_, answered, expected) => {
  const rows = outcomeRows(await judgement(answered), sent.length);
  const failed = [...sent.keys()].filter(
    (at) =>
      Array.isArray(rows) &&
      rows.some(
        ([from, to, outcome]) => outcome === 'rejected' && Number(from) <= at && at < Number(to),
      ),
  );
  expect(failed).toEqual(expected);
});

/** Waits, whatever the status: milliseconds from now. */
const waits: readonly (readonly [string, Answered, number | undefined])[] = [
  [
    'TikTok: 40100 in a 200',
    { rules: { retry: '$$.body.code = 40100' }, body: { code: 40100 } },
    undefined,
  ],
  [
    'Meta: minutes, in JSON in a header of a 400',
    {
      rules: {
        retry:
          '$$.body.error.code = 80003 ? $number($substringBefore($substringAfter($$.headers.`x-business-use-case-usage`, "estimated_time_to_regain_access\\":"), "}")) * 60',
      },
      status: 400,
      headers: {
        'x-business-use-case-usage':
          '{"123":[{"type":"custom_audience","call_count":100,"estimated_time_to_regain_access":7}]}',
      },
      body: { error: { code: 80003 } },
    },
    420_000,
  ],
  [
    'Meta: is_transient in a 400',
    {
      rules: { retry: '$$.body.error.is_transient' },
      status: 400,
      body: { error: { is_transient: true } },
    },
    undefined,
  ],
  [
    'a 403 with seconds in its body',
    { rules: { retry: '$$.body.retry_after' }, status: 403, body: { retry_after: 5 } },
    5_000,
  ],
  [
    'Intercom: a moment in a header',
    {
      rules: { retry: '$$.status = 429 ? $number($$.headers.`x-ratelimit-reset`)' },
      status: 429,
      headers: { 'x-ratelimit-reset': String(now / 1_000 + 8) },
    },
    8_000,
  ],
  [
    'a moment in milliseconds',
    { rules: { retry: '$$.body.resetAt' }, status: 400, body: { resetAt: now + 2_500 } },
    2_500,
  ],
  [
    'Marketing Cloud: a 400 that passes',
    {
      rules: { retry: '$$.body.errorcode = 10006 and $not($exists($$.body.additionalErrors))' },
      status: 400,
      body: { errorcode: 10006 },
    },
    undefined,
  ],
];

test.each(waits)('later: %s', async (_, answered, waitMs) => {
  const fate = fateByRules(await judgement(answered), answered.status ?? 200, now);
  expect(fate).toMatchObject({ kind: 'again', code: 'rule-retry' });
  expect(fate?.kind === 'again' && fate.waitMs).toBe(waitMs);
});

test.each([90_000, 999_999_999, 1e14, -1])('%d is neither seconds nor a moment', async (wait) => {
  const rules = { retry: '$$.body.wait' };
  const told = await judgement({ rules, body: { wait } });
  expect(told).toMatchObject({ kind: 'uncertain' });
});

test.each([
  ['Meta: 190 in a 400', 400, { error: { code: 190 } }, '$$.body.error.code in [190, 102]'],
  ['Microsoft: 109 in a 500', 500, { Errors: [{ Code: 109 }] }, '109 in $$.body.Errors.Code'],
  ['TikTok: 40105 in a 200', 200, { code: 40105 }, '$$.body.code in [40102, 40105]'],
])('credentials: %s', async (_, status, body, credentials) => {
  const told = await judgement({ rules: { credentials }, status, body });
  expect(fateByRules(told, status, now)).toMatchObject({ kind: 'stop', code: 'rule-credentials' });
});

test.each([
  [
    'OneSignal and Intercom: 409 to an add',
    409,
    { errors: [{ code: 'conflict' }] },
    '$$.status = 409',
  ],
  ['Intercom: 404 to a removal', 404, {}, '$$.status = 404'],
  [
    'Brevo: 400 when all are gone already',
    400,
    { code: 'invalid_parameter', message: 'Contacts already removed' },
    '$$.status = 400 and $contains($$.body.message, "already removed")',
  ],
])('already so: %s', async (_, status, body, done) => {
  const told = await judgement({ rules: { done }, status, body });
  expect(fateByRules(told, status, now)).toEqual({ kind: 'delivered', status });
});

test('what a platform passes over without a word is told by its count: Mailchimp, segments', async () => {
  const told = await judgement({
    rules: { matched: '$$.body.total_added' },
    body: { total_added: 2, errors: [] },
  });
  expect(outcomeRows(told, 3)).toMatchObject([
    [0, 3, 'delivered', 'matched-fewer', expect.stringContaining('2 of the 3')],
  ]);
});
