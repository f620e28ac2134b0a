/** The shapes that platforms document, and what is to be sent of two exports. */
import { createHash } from 'node:crypto';

const ada = { id: 'a 1', email: 'ada@x.test', phone: '+4930123' };
const bea = { id: 'b/2', email: 'bea+1@x.test', phone: null };
const cy = { id: 'c3', email: 'cy@x.test', phone: '+4930999' };
export const first = [ada, bea];
/** Ada's number changed, Bea left, Cy came. */
export const later = [{ ...ada, phone: '+4930777' }, cy];

const sha = (text: string) => createHash('sha256').update(text).digest('hex');
export const mapped = {
  ID: { column: 'id' },
  EMAIL: { column: 'email' },
  PHONE: { column: 'phone' },
};

interface Shape {
  readonly name: string;
  readonly headers?: object;
  readonly insert: object;
  readonly update?: object | string;
  readonly delete: object;
  /** Fields of the records. @default all three */
  readonly fields?: readonly (keyof typeof mapped)[];
  /** Method, path and body of each request, in order. */
  readonly first: readonly string[];
  readonly later: readonly string[];
  readonly sent?: Readonly<Record<string, string>>;
}

export const shapes: readonly Shape[] = [
  {
    // One person a request, as Resend, OneSignal and most CRMs have it.
    name: 'one-person',
    insert: {
      path: '/contacts',
      batchSize: 1,
      body: '{"email": $$.records.EMAIL, "fields": $$.records.{"phone": PHONE}}',
    },
    update: {
      method: 'PUT',
      path: '/contacts/{{record.ID}}',
      batchSize: 1,
      body: '{"email": $$.records.EMAIL, "fields": $$.records.{"phone": PHONE}}',
    },
    delete: { method: 'DELETE', path: '/contacts/{{record.ID}}', batchSize: 1, bodyKind: 'none' },
    first: [
      'POST /contacts {"email":"ada@x.test","fields":{"phone":"+4930123"}}',
      'POST /contacts {"email":"bea+1@x.test","fields":{}}',
    ],
    later: [
      'DELETE /contacts/b%2F2 ',
      'PUT /contacts/a%201 {"email":"ada@x.test","fields":{"phone":"+4930777"}}',
      'POST /contacts {"email":"cy@x.test","fields":{"phone":"+4930999"}}',
    ],
  },
  {
    name: 'person-in-query',
    insert: { path: '/people', batchSize: 1, body: '$$.records.{"email": EMAIL, "phone": PHONE}' },
    update: 'insert',
    delete: {
      method: 'DELETE',
      path: '/people?email={{record.EMAIL}}',
      batchSize: 1,
      bodyKind: 'none',
    },
    fields: ['EMAIL', 'PHONE'],
    first: [
      'POST /people {"email":"ada@x.test","phone":"+4930123"}',
      'POST /people {"email":"bea+1@x.test"}',
    ],
    later: [
      'DELETE /people?email=bea%2B1%40x.test ',
      'POST /people {"email":"ada@x.test","phone":"+4930777"}',
      'POST /people {"email":"cy@x.test","phone":"+4930999"}',
    ],
  },
  {
    // Meta, "Custom Audience Users": rows with a schema, an empty text for none.
    name: 'rows-with-a-schema',
    insert: {
      path: '/v25.0/7/users',
      body: '{"payload": {"schema": ["EMAIL", "PHONE"], "data": [$$.records.[EMAIL, PHONE]]}}',
      fields: { EMAIL: { hash: 'SHA256' }, PHONE: { whenEmpty: '' } },
    },
    update: 'insert',
    delete: {
      method: 'DELETE',
      path: '/v25.0/7/users',
      body: '{"payload": {"schema": ["EMAIL"], "data": [$$.records.[EMAIL]]}}',
      fields: { EMAIL: { hash: 'SHA256' } },
    },
    fields: ['EMAIL', 'PHONE'],
    first: [
      `POST /v25.0/7/users {"payload":{"schema":["EMAIL","PHONE"],"data":[["${sha('ada@x.test')}","+4930123"],["${sha('bea+1@x.test')}",""]]}}`,
    ],
    later: [
      `DELETE /v25.0/7/users {"payload":{"schema":["EMAIL"],"data":[["${sha('bea+1@x.test')}"]]}}`,
      `POST /v25.0/7/users {"payload":{"schema":["EMAIL","PHONE"],"data":[["${sha('ada@x.test')}","+4930777"],["${sha('cy@x.test')}","+4930999"]]}}`,
    ],
  },
  {
    // LinkedIn, "DMP Segment Users": identifiers of different kinds, those lacking left out.
    name: 'kinds-of-identifiers',
    headers: {
      'linkedin-version': '202604',
      'x-restli-protocol-version': '2.0.0',
      'x-restli-method': 'BATCH_CREATE',
    },
    insert: {
      path: '/rest/dmpSegments/9/users',
      body: '{"elements": [$$.records.{"action": "ADD", "userIds": [{"idType": "SHA256_EMAIL", "idValue": EMAIL}, {"idType": "GOOGLE_AID", "idValue": PHONE}]}]}',
      fields: { EMAIL: { hash: 'SHA256' }, PHONE: { whenEmpty: 'omit-item' } },
    },
    update: 'insert',
    delete: {
      path: '/rest/dmpSegments/9/users',
      body: '{"elements": [$$.records.{"action": "REMOVE", "userIds": [{"idType": "SHA256_EMAIL", "idValue": EMAIL}]}]}',
      fields: { EMAIL: { hash: 'SHA256' } },
    },
    fields: ['EMAIL', 'PHONE'],
    first: [
      `POST /rest/dmpSegments/9/users {"elements":[{"action":"ADD","userIds":[{"idType":"SHA256_EMAIL","idValue":"${sha('ada@x.test')}"},{"idType":"GOOGLE_AID","idValue":"+4930123"}]},{"action":"ADD","userIds":[{"idType":"SHA256_EMAIL","idValue":"${sha('bea+1@x.test')}"}]}]}`,
    ],
    later: [
      `POST /rest/dmpSegments/9/users {"elements":[{"action":"REMOVE","userIds":[{"idType":"SHA256_EMAIL","idValue":"${sha('bea+1@x.test')}"}]}]}`,
      `POST /rest/dmpSegments/9/users {"elements":[{"action":"ADD","userIds":[{"idType":"SHA256_EMAIL","idValue":"${sha('ada@x.test')}"},{"idType":"GOOGLE_AID","idValue":"+4930777"}]},{"action":"ADD","userIds":[{"idType":"SHA256_EMAIL","idValue":"${sha('cy@x.test')}"},{"idType":"GOOGLE_AID","idValue":"+4930999"}]}]}`,
    ],
    sent: { 'x-restli-method': 'BATCH_CREATE', 'content-type': 'application/json' },
  },
  {
    name: 'json-api',
    headers: { 'content-type': 'application/vnd.api+json', revision: '2026-07-15' },
    insert: {
      path: '/api/profile-bulk-import-jobs',
      body: '{"data": {"type": "profile-bulk-import-job", "attributes": {"profiles": {"data": [$$.records.{"type": "profile", "attributes": {"email": EMAIL, "phone_number": PHONE}}]}}}}',
    },
    update: 'insert',
    delete: {
      method: 'DELETE',
      path: '/api/lists/Y6nRLr/relationships/profiles',
      body: '{"data": [$$.records.{"type": "profile", "id": ID}]}',
    },
    first: [
      'POST /api/profile-bulk-import-jobs {"data":{"type":"profile-bulk-import-job","attributes":{"profiles":{"data":[{"type":"profile","attributes":{"email":"ada@x.test","phone_number":"+4930123"}},{"type":"profile","attributes":{"email":"bea+1@x.test"}}]}}}}',
    ],
    later: [
      'DELETE /api/lists/Y6nRLr/relationships/profiles {"data":[{"type":"profile","id":"b/2"}]}',
      'POST /api/profile-bulk-import-jobs {"data":{"type":"profile-bulk-import-job","attributes":{"profiles":{"data":[{"type":"profile","attributes":{"email":"ada@x.test","phone_number":"+4930777"}},{"type":"profile","attributes":{"email":"cy@x.test","phone_number":"+4930999"}}]}}}}',
    ],
    sent: { 'content-type': 'application/vnd.api+json', revision: '2026-07-15' },
  },
  {
    // Zendesk, "Bulk Delete Users": ids in the query.
    name: 'ids-in-query',
    insert: {
      path: '/users/create_or_update_many.json',
      body: '{"users": [$$.records.{"external_id": ID, "email": EMAIL}]}',
    },
    update: 'insert',
    delete: {
      method: 'DELETE',
      path: '/users/destroy_many.json?external_ids={{records.ID}}',
      bodyKind: 'none',
    },
    fields: ['ID', 'EMAIL'],
    first: [
      'POST /users/create_or_update_many.json {"users":[{"external_id":"a 1","email":"ada@x.test"},{"external_id":"b/2","email":"bea+1@x.test"}]}',
    ],
    later: [
      'DELETE /users/destroy_many.json?external_ids=b%2F2 ',
      'POST /users/create_or_update_many.json {"users":[{"external_id":"c3","email":"cy@x.test"}]}',
    ],
  },
  {
    // Pinterest, PATCH customer_lists: one joined text.
    name: 'joined-text',
    insert: {
      method: 'PATCH',
      path: '/v5/customer_lists/1',
      body: '{"operation_type": "ADD", "records": $join($$.records.EMAIL, ",")}',
      fields: { EMAIL: { hash: 'SHA256' } },
    },
    update: 'insert',
    delete: {
      method: 'PATCH',
      path: '/v5/customer_lists/1',
      body: '{"operation_type": "REMOVE", "records": $join($$.records.EMAIL, ",")}',
      fields: { EMAIL: { hash: 'SHA256' } },
    },
    fields: ['EMAIL'],
    first: [
      `PATCH /v5/customer_lists/1 {"operation_type":"ADD","records":"${sha('ada@x.test')},${sha('bea+1@x.test')}"}`,
    ],
    later: [
      `PATCH /v5/customer_lists/1 {"operation_type":"REMOVE","records":"${sha('bea+1@x.test')}"}`,
      `PATCH /v5/customer_lists/1 {"operation_type":"ADD","records":"${sha('cy@x.test')}"}`,
    ],
  },
  {
    name: 'form',
    insert: {
      path: '/users',
      bodyKind: 'form',
      body: '{"operation": "add", "users": [$$.records.EMAIL]}',
    },
    update: 'insert',
    delete: {
      path: '/users',
      bodyKind: 'form',
      body: '{"operation": "remove", "users": [$$.records.EMAIL]}',
    },
    fields: ['EMAIL'],
    first: ['POST /users operation=add&users=ada%40x.test&users=bea%2B1%40x.test'],
    later: [
      'POST /users operation=remove&users=bea%2B1%40x.test',
      'POST /users operation=add&users=cy%40x.test',
    ],
    sent: { 'content-type': 'application/x-www-form-urlencoded' },
  },
];
