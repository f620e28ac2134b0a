/** The requests of well-known kinds of APIs, byte for byte: what stands in the path, the query and the body. */
import { describe, expect, test } from 'vitest';
import { preview } from '../../shared/domain/request/preview.ts';
import { recordTools } from '../../shared/records/tools.ts';

const tools = { records: recordTools, targets: { allowLoopbackHttp: false } };

interface Shape {
  readonly action: Readonly<Record<string, unknown>>;
  readonly rows?: readonly Readonly<Record<string, string | number | boolean | null>>[];
  readonly connection?: Readonly<Record<string, string | number>>;
  readonly headers?: Readonly<Record<string, string>>;
}

const people = [
  { id: 'k 1', email: 'ada@example.com', phone: '+4930123', score: '12' },
  { id: 'k/2', email: 'bea+1@example.com', phone: null, score: null },
];

function shown({ action, rows = people, connection = {}, headers = {} }: Shape) {
  const columns = { ID: 'id', EMAIL: 'email', PHONE: 'phone', SCORE: 'score' };
  const named = JSON.stringify(action);
  const mappings = Object.fromEntries(
    Object.entries(columns)
      .filter(([field]) =>
        new RegExp(`\\b${field}\\b`).test(named.replaceAll(/'\w+':|"\w+":/g, '')),
      )
      .map(([field, column]) => [field, { column }]),
  );
  return preview({
    destination: {
      id: 'd',
      name: 'D',
      baseUrl: 'https://api.example.com/v1',
      headers,
      actions: { insert: action },
    },
    sync: {
      id: 's',
      name: 'S',
      destination: 'd',
      audience: { id: '9007199254740993', name: 'Spring' },
      source: { bucket: 'my-exports', prefix: 'x/' },
      key: ['id'],
      mappings,
      connection,
    },
    action: 'insert',
    rows,
    tools,
  });
}

const form = 'application/x-www-form-urlencoded';

const shapes: readonly (readonly [string, Shape, Readonly<Record<string, unknown>>])[] = [
  [
    'one person a request',
    {
      action: {
        path: '/contacts',
        batchSize: 1,
        body: "{'email': $$.records.EMAIL, 'fields': $$.records.{'phone': PHONE, 'score': $number(SCORE)}}",
      },
    },
    {
      url: 'https://api.example.com/v1/contacts',
      body: '{"email":"ada@example.com","fields":{"phone":"+4930123","score":12}}',
    },
  ],
  [
    'a person by the id in the path',
    {
      action: {
        method: 'PUT',
        path: '/contacts/{{record.ID}}',
        batchSize: 1,
        body: "$$.records.{'email': EMAIL}",
      },
    },
    {
      method: 'PUT',
      url: 'https://api.example.com/v1/contacts/k%201',
      body: '{"email":"ada@example.com"}',
    },
  ],
  [
    'a removal without a body',
    {
      action: { method: 'DELETE', path: '/contacts/{{record.ID}}', batchSize: 1, bodyKind: 'none' },
    },
    { method: 'DELETE', url: 'https://api.example.com/v1/contacts/k%201', body: undefined },
  ],
  [
    'a removal by the query',
    {
      action: {
        method: 'DELETE',
        path: '/people?email={{record.EMAIL}}',
        batchSize: 1,
        bodyKind: 'none',
      },
      rows: people.slice(1),
    },
    { url: 'https://api.example.com/v1/people?email=bea%2B1%40example.com', body: undefined },
  ],
  [
    'the ids of many in the query',
    { action: { method: 'DELETE', path: '/users?ids={{records.ID}}', bodyKind: 'none' } },
    { url: 'https://api.example.com/v1/users?ids=k%201,k%2F2', sent: [0, 1] },
  ],
  [
    'the same body for all, the record in the path',
    {
      action: {
        path: '/lists/{{connection.audienceId}}/members/{{record.ID}}',
        batchSize: 1,
        body: "{'status': 'active', 'list': $number($$.connection.audienceId)}",
      },
    },
    {
      url: 'https://api.example.com/v1/lists/9007199254740993/members/k%201',
      body: '{"status":"active","list":9007199254740993}',
    },
  ],
  [
    'an MD5 in the path',
    {
      action: {
        method: 'PUT',
        path: '/members/{{record.EMAIL}}',
        batchSize: 1,
        bodyKind: 'none',
        fields: { EMAIL: { hash: 'MD5' } },
      },
    },
    { url: 'https://api.example.com/v1/members/3e3417d7ef77d5932a6734b916515ed5' },
  ],
  [
    'rows with a schema, and an empty text for none',
    {
      action: {
        path: '/users',
        body: "{'payload': {'schema': ['EMAIL', 'PHONE'], 'data': [$$.records.[EMAIL, PHONE]]}}",
        fields: { PHONE: { whenEmpty: '' } },
      },
    },
    {
      body: '{"payload":{"schema":["EMAIL","PHONE"],"data":[["ada@example.com","+4930123"],["bea+1@example.com",""]]}}',
    },
  ],
  [
    'identifiers of different kinds, those lacking left out',
    {
      action: {
        path: '/users',
        body: "{'elements': [$$.records.{'action': 'ADD', 'userIds': [{'idType': 'SHA256_EMAIL', 'idValue': EMAIL}, {'idType': 'PHONE', 'idValue': PHONE}]}]}",
        fields: { PHONE: { whenEmpty: 'omit-item' } },
      },
      rows: people.slice(1),
    },
    {
      body: '{"elements":[{"action":"ADD","userIds":[{"idType":"SHA256_EMAIL","idValue":"bea+1@example.com"}]}]}',
    },
  ],
  [
    'JSON:API',
    {
      action: {
        path: '/jobs',
        body: "{'data': {'type': 'profile-bulk-import-job', 'attributes': {'profiles': {'data': [$$.records.{'type': 'profile', 'attributes': {'email': EMAIL}}]}}}}",
      },
      headers: { 'content-type': 'application/vnd.api+json' },
    },
    {
      headers: expect.objectContaining({ 'content-type': 'application/vnd.api+json' }),
      body: '{"data":{"type":"profile-bulk-import-job","attributes":{"profiles":{"data":[{"type":"profile","attributes":{"email":"ada@example.com"}},{"type":"profile","attributes":{"email":"bea+1@example.com"}}]}}}}',
    },
  ],
  [
    'one text of all',
    {
      action: {
        method: 'PATCH',
        path: '/customer_lists/{{connection.audienceId}}',
        body: "{'operation_type': 'ADD', 'records': $join($$.records.EMAIL, ',')}",
      },
    },
    { body: '{"operation_type":"ADD","records":"ada@example.com,bea+1@example.com"}' },
  ],
  [
    'an object by key',
    { action: { path: '/p', body: "{'profiles': $$.records{ID: {'email': EMAIL}}}" } },
    {
      body: '{"profiles":{"k 1":{"email":"ada@example.com"},"k/2":{"email":"bea+1@example.com"}}}',
    },
  ],
  [
    'a joined text',
    {
      action: {
        path: '/p',
        body: "{'patches': [$$.records.{'path': '/USER-' & ID & '/audiences', 'value': [$$.connection.audienceId]}]}",
      },
      rows: people.slice(0, 1),
    },
    { body: '{"patches":[{"path":"/USER-k 1/audiences","value":["9007199254740993"]}]}' },
  ],
  [
    'a form',
    {
      action: {
        path: '/users',
        bodyKind: 'form',
        body: "{'operation': 'add', 'list': $$.connection.audienceId, 'users': [$$.records.EMAIL]}",
      },
    },
    {
      headers: expect.objectContaining({ 'content-type': form }),
      body: 'operation=add&list=9007199254740993&users=ada%40example.com&users=bea%2B1%40example.com',
    },
  ],
  [
    'a form of one record, in which a value lacks',
    {
      action: {
        path: '/users',
        batchSize: 1,
        bodyKind: 'form',
        body: "{'e': $$.records.EMAIL, 'p': $$.records.PHONE, 'n': $number($$.records.SCORE), 'all': $join($$.records.ID, ',')}",
      },
      rows: people.slice(1),
    },
    { body: 'e=bea%2B1%40example.com&all=k%2F2' },
  ],
  [
    'lines of JSON',
    {
      action: { path: '/bulk', bodyKind: 'ndjson', body: "[$$.records.{'e': EMAIL, 'p': PHONE}]" },
    },
    {
      headers: expect.objectContaining({ 'content-type': 'application/x-ndjson' }),
      body: '{"e":"ada@example.com","p":"+4930123"}\n{"e":"bea+1@example.com"}\n',
    },
  ],
  [
    'lines of whole records',
    { action: { path: '/bulk', bodyKind: 'ndjson', body: '$$.records' }, rows: [] },
    { sent: [] },
  ],
  [
    'moments and casts',
    {
      action: {
        path: '/p',
        batchSize: 1,
        body: "$$.records.{'id': ID, 'at': SCORE, 'text': PHONE}",
        fields: { SCORE: { as: 'epochSeconds' }, PHONE: { as: 'text' } },
      },
      rows: [{ id: 'a', email: '', phone: 49, score: '2026-11-29T08:00:00+01:00' }],
    },
    { body: '{"id":"a","at":1795935600,"text":"49"}' },
  ],
];

test.each(shapes)('%s', (_, shape, expected) => {
  const request = shown(shape);
  expect(request.ok ? [] : request.problems).toEqual([]);
  expect(request).toMatchObject({ ok: true, warnings: [], ...expected });
});

describe('a record that cannot stand in its place', () => {
  const path = (of: string) => ({
    action: { method: 'DELETE', path: of, batchSize: 1, bodyKind: 'none' },
  });

  test.each(['..', '.', 'a/../b', '%2e%2e', 'a\\b', 'x\u0000y', 'x'.repeat(1_025)])(
    'is not sent: %j in a segment',
    (id) => {
      const request = shown({ ...path('/c/{{record.ID}}'), rows: [{ id }] });
      expect(request).toMatchObject({ sent: [], notSent: [{ index: 0, code: 'path-value' }] });
    },
  );

  test.each(['', null])('is required: %j', (id) => {
    const request = shown({ ...path('/c/{{record.ID}}'), rows: [{ id }] });
    expect(request).toMatchObject({ sent: [], notSent: [{ index: 0, code: 'field-required' }] });
  });

  test('in a later request of many leaves the others to go', () => {
    const rows = [{ id: 'a' }, { id: 'b,c' }, { id: 'd' }];
    const action = { method: 'DELETE', path: '/u?ids={{records.ID}}', bodyKind: 'none' };
    expect(shown({ action, rows })).toMatchObject({
      url: 'https://api.example.com/v1/u?ids=a,d',
      sent: [0, 2],
      notSent: [{ index: 1, code: 'path-value' }],
    });
  });

  test('twice as a key: the later one', () => {
    const rows = [
      { id: 'a', email: '1' },
      { id: 'a', email: '2' },
      { id: 'b', email: '3' },
    ];
    const action = { path: '/p', body: '$$.records{ID: {"e": EMAIL}}' };
    expect(shown({ action, rows })).toMatchObject({
      body: '{"a":{"e":"1"},"b":{"e":"3"}}',
      notSent: [{ index: 1, code: 'record-twice' }],
    });
  });
});

describe('is refused when it is saved', () => {
  const codes = (action: Shape['action']) => {
    const headers = action['bodyKind'] === 'form' ? { 'content-type': 'application/json' } : {};
    const request = shown({ action, headers });
    return request.ok
      ? request.warnings.map(({ code }) => code)
      : request.problems.map(({ code }) => code);
  };

  test.each([
    ['path-record-batch', { path: '/c/{{record.ID}}', bodyKind: 'none' }],
    ['path-records', { path: '/c/{{records.ID}}', bodyKind: 'none' }],
    ['body-unsent', { path: '/c/{{record.ID}}', batchSize: 1, bodyKind: 'none', body: "{'a': 1}" }],
    ['no-records', { path: '/c', batchSize: 1, body: "{'a': 1}" }],
    ['empty', { path: '/c/{{record.ID}}', batchSize: 1 }],
    ['form-value', { path: '/c', bodyKind: 'form', body: "{'a': [$$.records.{'b': ID}]}" }],
    ['media-type-unused', { path: '/c', bodyKind: 'form', body: "{'a': [$$.records.ID]}" }],
    ['ndjson-not-list', { path: '/c', bodyKind: 'ndjson', body: "{'a': [$$.records.ID]}" }],
    [
      'as-twice',
      { path: '/c', body: '[$$.records.{"a": $number(ID)}]', fields: { ID: { as: 'text' } } },
    ],
    ['as-whole-record', { path: '/c', body: '$$.records', fields: { ID: { as: 'text' } } }],
    [
      'field-hashed-number',
      { path: '/c', body: '[$$.records.{"a": ID}]', fields: { ID: { as: 'date', hash: 'MD5' } } },
    ],
    ['field-settings-unused', { path: '/c', body: '[$$.records.EMAIL]', fields: { ID: {} } }],
    ['request-without-records', { path: '/refresh', bodyKind: 'none' }],
    ['get-without-records', { method: 'GET', path: '/refresh', body: '[$$.records.ID]' }],
  ])('%s', (code, action) => expect(codes(action)).toContain(code));
});
