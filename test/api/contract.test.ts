/** The API does what its document says: every operation, called well and badly, with each answer held against it. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { LocalApi } from '../../local/api.ts';
import { sampleDestination, sampleFiles, samplePrefix, sampleSyncOf } from '../../local/sample.ts';
import { readingPosts } from '../../shared/contracts/wiring.ts';
import { type FlowWorld, startWorld } from '../flow/world.ts';
import { webhookCalls } from './webhook-calls.ts';

const Schema = z.looseObject({});
const Content = z.record(z.string(), z.object({ schema: Schema }));
const Operation = z.object({
  operationId: z.string(),
  parameters: z.array(z.object({ name: z.string(), in: z.string() })),
  requestBody: z.object({ required: z.boolean(), content: Content }).optional(),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  responses: z.record(z.string(), z.object({ content: Content.optional() })),
});
const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), Schema) }),
});

interface Told extends z.infer<typeof Operation> {
  readonly method: string;
  readonly path: string;
}
/** A call that comes through, and what it answers. */
interface Call {
  readonly id?: string;
  readonly run?: () => string;
  readonly erasure?: () => string;
  readonly query?: string;
  readonly body?: object;
  readonly ifMatch?: string;
  readonly status?: number;
}

let world: FlowWorld;
let api: LocalApi;
let operations: Map<string, Told>;
let calls: Map<string, Call>;
let dryRun = '';
let erased = '';
const validators = new Map<string, ValidateFunction>();
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);

const bodyType = ({ requestBody }: Partial<Told>) =>
  Object.keys(requestBody?.content ?? {})[0] ?? 'application/json';

async function send(
  told: Pick<Told, 'method' | 'path'> & Partial<Told>,
  call: Call,
  token: string | undefined,
  body: string | undefined = call.body && JSON.stringify(call.body),
) {
  const path = told.path
    .replace('{id}', call.id ?? 'none')
    .replace('{run}', call.run?.() ?? 'none')
    .replace('{erasure}', call.erasure?.() ?? 'none');
  const answer = await request(`${api.url}/v1${path}${call.query ?? ''}`, {
    method: told.method.toUpperCase() as 'GET',
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': bodyType(told) }),
      ...(call.ifMatch !== undefined && { 'if-match': call.ifMatch }),
    },
    ...(body !== undefined && { body }),
  });
  const text = await answer.body.text();
  const type = String(answer.headers['content-type'] ?? '').split(';')[0] ?? '';
  return { status: answer.statusCode, type, text };
}

const compiled = (name: string, schema: object): ValidateFunction => {
  const known = validators.get(name);
  if (known) return known;
  const made = ajv.compile(
    JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', 'api#/$defs/')),
  );
  validators.set(name, made);
  return made;
};

/** The answer is one that the document says; gives its body. */
function asTold(told: Told, answer: Awaited<ReturnType<typeof send>>): unknown {
  const { status, type, text } = answer;
  const where = `${told.operationId} ${status} ${text.slice(0, 400)}`;
  const said = told.responses[String(status)];
  expect(said, `not in the document: ${where}`).toBeDefined();
  if (!said?.content) {
    expect(text, where).toBe('');
    return undefined;
  }
  const schema = said.content[type]?.schema;
  expect(schema, `of another type (${type}): ${where}`).toBeDefined();
  const validate = compiled(`${told.operationId} ${status}`, schema ?? {});
  const body: unknown = JSON.parse(text);
  expect(validate(body), `${where} ${JSON.stringify(validate.errors)}`).toBe(true);
  return body;
}

async function callAsTold(name: string, call: Call): Promise<unknown> {
  const told = operations.get(name);
  if (!told) throw new Error(`There is no operation ${name}.`);
  const answer = await send(told, call, api.tokens.write);
  expect(answer.status, `${name} ${answer.text}`).toBe(call.status ?? 200);
  return asTold(told, answer);
}

beforeAll(async () => {
  world = await startWorld();
  api = await world.mirror.serve();
  await world.mirror.export(samplePrefix, await sampleFiles([1]));
  await world.mirror.export('held/', await sampleFiles([1]));
  const found = await send({ method: 'get', path: '/openapi.json' }, {}, api.tokens.read);
  const document = Document.parse(JSON.parse(found.text));
  ajv.addSchema({
    $id: 'api',
    $defs: JSON.parse(
      JSON.stringify(document.components.schemas).replaceAll('#/components/schemas/', '#/$defs/'),
    ),
  });
  operations = new Map(
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, told]) => [
        told.operationId,
        { ...told, method, path },
      ]),
    ),
  );
  const destination = sampleDestination(world.platform.url);
  const sync = sampleSyncOf();
  const id = sync.id;
  const of = destination.id;
  const run = () => dryRun;
  calls = new Map<string, Call>([
    ['describe', {}],
    ['whoAmI', {}],
    ['listPresets', {}],
    ['readPreset', { id: 'meta' }],
    ...webhookCalls,
    ['createDestination', { body: destination, status: 201 }],
    ['listDestinations', { query: '?limit=1' }],
    ['validateDestination', { body: destination }],
    ['readDestination', { id: of }],
    ['putDestination', { id: of, body: destination, ifMatch: '"1"' }],
    ['patchDestination', { id: of, body: { concurrency: 2 }, ifMatch: '"2"' }],
    ['putSecret', { id: of, body: { token: 'sesame', signingKey: null } }],
    ['listFields', { id: of }],
    [
      'tryDestination',
      { id: of, body: { action: 'insert', row: { email: 'a@b.c' }, confirm: of } },
    ],
    ['createSync', { body: sync, status: 201 }],
    ['listSyncs', {}],
    ['validateSync', { body: sync }],
    ['readSync', { id }],
    ['putSync', { id, body: sync, ifMatch: '*' }],
    ['patchSync', { id, body: { retryFailed: true }, ifMatch: '*' }],
    ['disableSync', { id }],
    ['enableSync', { id }],
    ['validateTogether', { body: { destinations: [destination], syncs: [sync] } }],
    ['listColumns', { id, query: '?rows=2' }],
    [
      'preview',
      { body: { destination: of, sync: id, action: 'insert', rows: [{ email: 'a@b.c' }] } },
    ],
    ['lookAtSource', { body: { source: sync.source, rows: 2 } }],
    ['listFieldsWritten', { body: { actions: {} } }],
    ['listTimes', { body: { schedule: { type: 'basic', every: '6h' } } }],
    ['eraseMembers', { id, body: { keys: [['sesame@example.com']] }, status: 202 }],
    ['listErasures', { id, query: '?limit=1' }],
    ['readErasure', { id, erasure: () => erased }],
    ['startRun', { id, body: { dryRun: true, full: false }, status: 202 }],
    ['listRuns', { id, query: '?limit=1' }],
    ['readRun', { id, run }],
    ['listAllRuns', { query: '?limit=1&status=open' }],
    ['readReport', { id, run }],
    ['cancelRun', { id, run, status: 409 }],
    ['approveRun', { id, run, status: 409 }],
    ['searchRecords', { id, body: { key: 'nobody@example.com' } }],
    ['listSamples', { id, run, query: '?action=insert' }],
    ['rollBackSync', { id, body: { to: 'nowhere' }, status: 202 }],
    ['emptySync', { id, status: 202 }],
    ['adoptMembers', { id, body: { source: { ...sync.source, prefix: 'held/' } }, status: 202 }],
    ['recoverMirror', { id, status: 409 }],
    ['resetSync', { id, status: 204 }],
    ['listAudit', { query: '?limit=100' }],
    ['deleteSync', { id, ifMatch: '*', status: 204 }],
    ['deleteDestination', { id: of, ifMatch: '*', status: 204 }],
    ['deleteWebhook', { id: 'told', ifMatch: '*', status: 204 }],
  ]);
});
afterAll(() => world.close());

/** Each with a test of its own, in the files of their parts. */
const elsewhere = new Set<string>([
  ...['listRecords', 'readRecord', 'explainProblem'],
  ...['startRunsOfDestination', 'disableSyncsOfDestination'],
]);
const mine = () => [...calls].filter(([name]) => !name.startsWith('delete'));

test('each operation of the document answers a good call as it says', async () => {
  const known = [...operations.keys()].filter((name) => !elsewhere.has(name));
  expect(known.filter((name) => !calls.has(name))).toEqual([]);
  for (const [name, call] of mine()) {
    const body = await callAsTold(name, call);
    if (call.status !== 202) continue;
    const { id, run } = z.object({ id: z.string(), run: z.string().optional() }).parse(body);
    await world.mirror.follow('customers', run ?? id);
    if (name === 'startRun') dryRun = id;
    if (name === 'eraseMembers') erased = id;
  }
});

/** They change nothing although they are POSTs. */
const reading = new Set([
  ...['validateDestination', 'validateSync', 'validateTogether', 'preview', 'listFieldsWritten'],
  ...['lookAtSource', 'listTimes', 'searchRecords'],
]);

test('the gateway lets readers through to the POSTs that only look', () => {
  const looks = [...operations.values()].filter(({ operationId }) => reading.has(operationId));
  expect(looks.map(({ path }) => `/v1${path}`).sort()).toEqual([...readingPosts]);
});

test('without credentials every operation is refused, and with those that read all that write', async () => {
  for (const [name, call] of calls) {
    const told = operations.get(name);
    if (!told) throw new Error(name);
    for (const token of [undefined, 'nonsense', `${api.tokens.write}x`]) {
      const answer = await send(told, call, token);
      expect(answer.status, name).toBe(401);
      asTold(told, answer);
    }
    const answer = await send(told, call, api.tokens.read);
    const isReading = told.method === 'get' || reading.has(name);
    expect(answer.status, name).toBe(isReading ? (call.status ?? 200) : 403);
    asTold(told, answer);
  }
});

test('ids of nothing, and ids that can be none, are not found', async () => {
  for (const [name, call] of calls) {
    const told = operations.get(name);
    if (!told?.path.includes('{')) continue;
    for (const id of ['nothing-here', 'No%2FSuch', '__proto__', '..%2f..']) {
      const answer = await send(told, { ...call, id, run: () => dryRun }, api.tokens.write);
      expect(answer.status, `${name} ${id} ${answer.text}`).toBe(404);
      asTold(told, answer);
    }
  }
});

test('a change names the version it saw, and is refused where there is another', async () => {
  const guarded = [...operations.values()].filter(({ parameters }) =>
    parameters.some(({ name }) => name === 'if-match'),
  );
  const needed = guarded.filter(({ responses }) => responses['428']);
  expect(needed.map(({ operationId }) => operationId).sort()).toEqual([
    'deleteDestination',
    'deleteSync',
    'deleteWebhook',
    'patchDestination',
    'patchSync',
    'putDestination',
    'putSync',
    'putWebhook',
  ]);
  for (const told of guarded) {
    const { ifMatch: _, ...unguarded } = calls.get(told.operationId) ?? {};
    if (needed.includes(told)) {
      const missing = await send(told, unguarded, api.tokens.write);
      expect(missing.status, missing.text).toBe(428);
      asTold(told, missing);
    }
    for (const ifMatch of ['"999"', 'W/"1"', '1', '"0"']) {
      const outdated = await send(told, { ...unguarded, ifMatch }, api.tokens.write);
      expect(outdated.status, outdated.text).toBe(412);
      asTold(told, outdated);
    }
  }
});

const wrongs: readonly unknown[] = [12.5, 'x', true, [[]], { constructor: 1 }, null];

test('each field that is missing, wrong, unknown or too large is refused by its place, and its value not told', async () => {
  for (const [name, call] of mine()) {
    const told = operations.get(name);
    const { body } = call;
    const schema = told?.requestBody?.content['application/json']?.schema;
    // A patch is judged by what comes of it.
    if (!told || !body || !schema) continue;
    const isGood = compiled(`${name} body`, schema);
    expect(isGood(body), `${name} ${JSON.stringify(isGood.errors)}`).toBe(true);
    const bad: [place: string, body: object][] = [['/sesame', { ...body, sesame: 1 }]];
    for (const [field, value] of Object.entries(body)) {
      const { [field]: _, ...without } = { ...body } as Record<string, unknown>;
      if (!isGood(without)) bad.push([`/${field}`, without]);
      const wrong = wrongs.find((each) => !isGood({ ...body, [field]: each }));
      expect(wrong, `${name} takes anything for ${field}`).toBeDefined();
      bad.push([`/${field}`, { ...body, [field]: wrong }]);
      const large = { ...body, [field]: 'sesame'.repeat(2_000) };
      if (typeof value === 'string' && !isGood(large)) bad.push([`/${field}`, large]);
    }
    for (const [place, each] of bad) {
      const answer = await send(told, { ...call, body: each }, api.tokens.write);
      expect(answer.status, `${name} ${place} ${answer.text}`).toBe(400);
      asTold(told, answer);
      const { problems } = z
        .object({ problems: z.array(z.object({ pointer: z.string() })) })
        .parse(JSON.parse(answer.text));
      expect(problems.map(({ pointer }) => pointer).join(), name).toContain(place);
      expect(answer.text.replaceAll('/sesame', '').replaceAll('.sesame', '')).not.toContain(
        'sesamesesame',
      );
    }
  }
});

test('bodies that are none, too large, too deep or of another type are refused', async () => {
  for (const [name, call] of mine()) {
    const told = operations.get(name);
    if (!told?.requestBody) continue;
    const bodies: [number, string][] = [
      [400, '{"a"'],
      [400, '{"__proto__": {"admin": true}}'],
      [
        400,
        JSON.stringify(
          Object.fromEntries(Array.from({ length: 80_000 }, (_, at) => [`k${at}`, 1])),
        ),
      ],
      [400, `${'['.repeat(9_000)}${']'.repeat(9_000)}`],
      [413, JSON.stringify('x'.repeat(1_100_000))],
      [400, '[]'],
    ];
    for (const [status, body] of bodies) {
      const answer = await send(told, call, api.tokens.write, body);
      expect(answer.status, `${name} ${body.slice(0, 30)} ${answer.text}`).toBe(status);
      asTold(told, answer);
    }
  }
});

test('a host of another name is refused, whatever its token', async () => {
  const { statusCode } = await request(`${api.url}/v1/syncs`, {
    headers: { host: 'evil.example.com', authorization: `Bearer ${api.tokens.write}` },
  });
  expect(statusCode).toBe(403);
});

test('what was made is deleted, and the trail tells it without a secret', async () => {
  for (const name of ['deleteSync', 'deleteDestination', 'deleteWebhook']) {
    await callAsTold(name, calls.get(name) ?? {});
  }
  const trail = await callAsTold('listAudit', { query: '?limit=100' });
  const words = z.object({ items: z.array(z.object({ what: z.string() })) }).parse(trail);
  // Who looked at members is told in test/security/reads.test.ts.
  const changes = words.items.map(({ what }) => what).filter((what) => what !== 'members-read');
  expect(changes).toEqual([
    'deleted',
    'deleted',
    'deleted',
    'forgotten',
    'run-started',
    'run-started',
    'run-started',
    'run-started',
    'asked',
    'enabled',
    'disabled',
    'updated',
    'updated',
    'created',
    'request-tried',
    'secret-set',
    'updated',
    'updated',
    'created',
    'tried',
    'secret-set',
    'updated',
    'created',
  ]);
  expect(JSON.stringify(trail)).not.toContain('sesame');
});
