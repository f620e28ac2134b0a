/** A preview shows what a run would send, and says of every row that is not sent why. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { action, ask, destination, problemsOf, requestOf, sync } from './setup.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('the request', () => {
  test('is shown with method, address, headers and the body as text', () => {
    expect(requestOf({ rows: [{ email: ' Ada@Example.com', score: '7.50' }] })).toEqual({
      ok: true,
      method: 'POST',
      url: 'https://api.example.com/v1/audiences/a%201/members',
      headers: {
        'content-type': 'application/json',
        'user-agent': expect.stringMatching(/^audience-mirror\//),
        'idempotency-key': '(one for each request)',
      },
      body: `{"list":"Spring","members":[{"email":"${sha256('ada@example.com')}","score":7.5}]}`,
      sent: [0],
      notSent: [],
      warnings: [],
    });
  });

  test('is the same for a configuration that is saved', () => {
    const saved = { destination: destination({ version: 7 }), sync: sync({ version: 2 }) };
    expect(requestOf(saved)).toEqual(requestOf());
  });

  test('of an update uses the add configuration where it says so', () => {
    expect(requestOf({ action: 'update' })).toEqual(requestOf());
  });

  test('of a remove action is the one of that action', () => {
    const removal = action({ method: 'DELETE', path: '/', body: '[$$.records.EMAIL]' });
    const shown = requestOf({
      destination: destination({ actions: { insert: action(), delete: removal } }),
      action: 'delete',
    });
    expect(shown).toMatchObject({ method: 'DELETE', url: 'https://api.example.com/v1' });
    expect(shown.body).toBe(`["${sha256('ada@example.com')}"]`);
  });

  test('is shown before it is compressed', () => {
    const shown = requestOf({ destination: destination({ gzip: true }) });
    expect(shown.headers['content-encoding']).toBe('gzip');
    expect(shown.body).toBe(requestOf().body);
    const nothing = requestOf({ destination: destination({ gzip: true }), rows: [] });
    expect(nothing.headers).not.toHaveProperty('content-encoding');
  });

  test('of method GET has no body', () => {
    const insert = action({ method: 'GET' });
    const shown = requestOf({ destination: destination({ actions: { insert } }) });
    expect(shown).toMatchObject({ method: 'GET', body: undefined, sent: [0] });
  });

  test('holds a batch; the other rows go in later ones', () => {
    const actions = { insert: action({ batchSize: 2 }) };
    const emails = ['a@x.org', 'b@x.org', 'c@x.org', 'd@x.org', 'e@x.org'];
    const shown = requestOf({
      destination: destination({ actions }),
      rows: emails.map((email) => ({ email, score: email === 'b@x.org' ? 'many' : 1 })),
    });
    expect(shown.sent).toEqual([0]);
    expect(shown.notSent.map(({ index, code }) => [index, code])).toEqual([
      [1, 'not-a-number'],
      [2, 'later-request'],
      [3, 'later-request'],
      [4, 'later-request'],
    ]);
  });
});

describe('a row that is not sent', () => {
  test('is named by its own position, whoever refuses it', () => {
    const shown = requestOf({
      rows: [
        { email: null, score: 1 },
        { email: 'ada@example.com', score: 'many' },
        { email: 'grace@example.com', score: 2 },
        { email: sha256('x'), score: 3 },
      ],
    });
    expect(shown.sent).toEqual([2]);
    expect(shown.notSent.map(({ index, code }) => [index, code])).toEqual([
      [0, 'field-required'],
      [1, 'not-a-number'],
      [3, 'field-already-hashed'],
    ]);
  });

  test('leaves the request visible where there is no other', () => {
    for (const rows of [[], [{ email: '', score: 1 }], [{ email: 'a@x.org', score: 'many' }]]) {
      const shown = requestOf({ rows });
      expect(shown).toMatchObject({ method: 'POST', body: undefined, sent: [] });
      expect(shown.url).toBe(requestOf().url);
      expect(shown.headers).toEqual(requestOf().headers);
      expect(shown.notSent).toHaveLength(rows.length);
    }
  });
});

describe('hashing', () => {
  test('off passes hashes on and refuses plain values', () => {
    const off = sync({ hashPersonalData: false });
    const shown = requestOf({
      sync: off,
      rows: [{ email: sha256('a'), score: 1 }, { email: 'ada@example.com' }],
    });
    expect(shown.body).toContain(sha256('a'));
    expect(shown.notSent).toEqual([
      {
        index: 1,
        code: 'field-not-hashed',
        reason:
          'Hashing is disabled but the value for field EMAIL appears to be unhashed. Either enable hashing or send pre-hashed data.',
      },
    ]);
    expect(shown.warnings.map(({ code }) => code)).toEqual(['normalise-idle']);
  });
});

describe('a configuration that cannot be sent with', () => {
  test('lacks the action', () => {
    expect(problemsOf({ action: 'delete' })).toEqual([
      ['destination.actions.delete', 'action-missing'],
    ]);
    expect(
      problemsOf({ destination: destination({ actions: { update: 'insert' } }), action: 'update' }),
    ).toContainEqual(['destination.actions.update', 'action-missing']);
  });

  test('has templates that cannot be read: each mistake is told', () => {
    const insert = action({ body: '{"a": $$.records.{"b": B}, "c": $sum(1)}' });
    const removal = action({ body: '[$$.records.EMAIL' });
    const broken = destination({
      baseUrl: 'http://api.example.com',
      actions: { insert, delete: removal },
    });
    expect(problemsOf({ destination: broken })).toEqual([
      ['destination.baseUrl', 'not-https'],
      ['destination.actions.insert.body', 'iteration-outside-list'],
      ['destination.actions.insert.body', 'function-call'],
      ['destination.actions.delete.body', 'unclosed-bracket'],
    ]);
  });

  test('does not map a required field', () => {
    const mappings = { SCORE: { column: 'score' } };
    expect(problemsOf({ sync: sync({ mappings, normalise: {} }) })).toEqual([
      ['mappings.EMAIL', 'mapping-missing'],
    ]);
  });

  test('has connection values that do not fit', () => {
    const insert = action({
      body: '{"id": $number($$.connection.audienceId), "members": [$$.records.{"e": EMAIL, "s": SCORE}]}',
    });
    const broken = { destination: destination({ actions: { insert } }) };
    const problem = [['destination.actions.insert.body', 'connection-not-number']];
    expect(problemsOf(broken)).toEqual(problem);
    expect(problemsOf({ ...broken, rows: [] })).toEqual(problem);
  });

  test('is not of the form at all: every setting is named, on both sides', () => {
    const insert = action({ batchSize: 5_001, batchsize: 1 });
    const problems = problemsOf({
      destination: destination({ baseUrl: 5, actions: { insert, update: { path: '/' } } }),
      sync: sync({ key: [], mappings: { EMAIL: { column: '' } }, surplus: 1 }),
    });
    expect(problems.sort()).toEqual([
      ['destination.actions.insert.batchSize', 'setting-invalid'],
      ['destination.actions.insert.batchsize', 'setting-unknown'],
      ['destination.baseUrl', 'setting-invalid'],
      ['key', 'setting-invalid'],
      ['mappings.EMAIL.column', 'setting-invalid'],
      ['surplus', 'setting-unknown'],
    ]);
    expect(problemsOf({ destination: null, sync: [] })).toEqual([
      ['destination', 'setting-invalid'],
      ['sync', 'setting-invalid'],
    ]);
  });
});

describe('headers', () => {
  const shownOf = (headers: object) => requestOf({ destination: destination({ headers }) }).headers;

  test('that are called like a secret, or look like one, are masked', () => {
    const headers = shownOf({
      'Developer-Token': 'abc',
      'X-Session': 'abc',
      'X-Account': 'a8f5f167f44f4964e6c998dee827110c',
      'X-Version': '2026-01-01',
      Accept: 'application/vnd.example.v2+json',
    });
    expect(headers).toMatchObject({
      'developer-token': '••••',
      'x-session': '••••',
      'x-account': '••••',
      'x-version': '2026-01-01',
      accept: 'application/vnd.example.v2+json',
    });
  });

  test('of authentication and signature are named and masked', () => {
    const signed = destination({ authentication: { type: 'bearer' }, signature: {} });
    expect(requestOf({ destination: signed }).headers).toMatchObject({
      authorization: '••••',
      'x-signature': '••••',
      'x-signature-timestamp': '••••',
    });
  });
});

test('columns that no row has are warned of', () => {
  const { warnings, body } = requestOf({ rows: [{ email: 'a@x.org' }, { email: 'b@x.org' }] });
  expect(warnings.map(({ path, code }) => [path, code])).toEqual([
    ['mappings.SCORE', 'column-absent'],
  ]);
  expect(body).not.toContain('score');
  expect(requestOf({ rows: [] }).warnings).toEqual([]);
});

test('a row is read by its own properties only', () => {
  const odd = sync({ mappings: { EMAIL: { column: 'email' }, SCORE: { column: 'toString' } } });
  expect(requestOf({ sync: odd }).body).not.toContain('score');
  const rows = JSON.parse('[{"email": "a@x.org", "score": 1, "__proto__": {"email": "b@x.org"}}]');
  expect(requestOf({ rows }).body).toContain(sha256('a@x.org'));
  expect(ask({ rows: [{ __proto__: { email: 'a@x.org' } }] })).toMatchObject({ sent: [] });
});
