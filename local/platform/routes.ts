/** The platform's HTTP interface. */
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { type Action, type Audience, DEFAULT_IDENTITY, Refused } from './audience.ts';
import { parseJson, readBody } from './body.ts';
import { type Faults, faultsSchema, NO_FAULTS } from './faults.ts';
import { type PlatformState, takeMemberRequest } from './member-request.ts';
import { renderPage } from './page.ts';
import { PAGE_POLICY } from './page-assets.ts';

const REQUESTS_SHOWN = 20;
const ID_LENGTH = 200;
const PAGE_SIZE = 1_000;

type Environment = { Bindings: HttpBindings };

const audienceSchema = z.strictObject({
  identity: z.string().min(1).max(100).default(DEFAULT_IDENTITY),
});
const pageSchema = z.object({
  after: z.string().default(''),
  limit: z.coerce.number().int().min(1).max(10_000).default(PAGE_SIZE),
});

/** Every answer but the page is JSON; every refusal is `{"error": text}`. */
export function platformRoutes(state: PlatformState): Hono<Environment> {
  const app = new Hono<Environment>();
  app.notFound((c) => c.json({ error: `no such place: ${c.req.method} ${c.req.path}` }, 404));
  app.onError((error) => {
    const status = error instanceof Refused ? error.status : 500;
    const text = error instanceof Refused ? error.message : 'this platform has failed';
    return Response.json({ error: text }, { status });
  });
  memberRoutes(app, state);
  audienceRoutes(app, state);
  faultRoutes(app, state);
  app.get('/requests', (c) => c.json({ requests: state.log.entries() }));
  app.get('/stats', (c) => c.json(state.log.stats));
  app.get('/', (c) => {
    c.header('content-security-policy', PAGE_POLICY);
    c.header('x-content-type-options', 'nosniff');
    c.header('cache-control', 'no-store');
    return c.html(
      renderPage({
        audiences: state.audiences.list(),
        requests: state.log.latest(REQUESTS_SHOWN),
        stats: state.log.stats,
        fault: toldInShort(state.faults.show()),
      }),
    );
  });
  return app;
}

function memberRoutes(app: Hono<Environment>, state: PlatformState): void {
  const taking = (action: Action) => async (c: Context<Environment>) => {
    const { incoming, outgoing } = c.env;
    await takeMemberRequest(state, { audience: audienceId(c), action, incoming, outgoing });
    return RESPONSE_ALREADY_SENT;
  };
  app.post('/audiences/:id/members', taking('upsert'));
  app.put('/audiences/:id/members', taking('update'));
  app.delete('/audiences/:id/members', taking('remove'));
  app.post('/audiences/:id/members/remove', taking('remove'));
}

function audienceRoutes(app: Hono<Environment>, state: PlatformState): void {
  app.get('/audiences', (c) => c.json({ audiences: state.audiences.list().map(describe) }));
  app.get('/audiences/:id', (c) => c.json(describe(known(state, c))));
  app.put('/audiences/:id', async (c) => {
    const audience = audienceId(c);
    const { identity } = parseJson(await readBody(c.env.incoming), audienceSchema);
    const isNew = state.audiences.get(audience) === undefined;
    state.commit({ at: Date.now(), audience, do: 'create', identity });
    return c.json(describe(known(state, c)), isNew ? 201 : 200);
  });
  app.get('/audiences/:id/members', (c) => {
    const query = pageSchema.safeParse(c.req.query());
    if (!query.success) throw new Refused(400, 'limit: expected a whole number from 1 to 10000');
    return c.json(known(state, c).page(query.data.after, query.data.limit));
  });
}

function faultRoutes(app: Hono<Environment>, state: PlatformState): void {
  app.get('/faults', (c) => c.json(state.faults.show()));
  app.put('/faults', async (c) => {
    state.faults.tell(parseJson(await readBody(c.env.incoming), faultsSchema));
    return c.json(state.faults.show());
  });
  app.delete('/faults', (c) => {
    state.faults.tell(NO_FAULTS);
    return c.json(state.faults.show());
  });
}

function audienceId(c: Context<Environment>): string {
  const id = c.req.param('id') ?? '';
  if (id !== '' && id.length <= ID_LENGTH) return id;
  throw new Refused(400, `the audience's id must have 1 to ${ID_LENGTH} characters`);
}

function known(state: PlatformState, c: Context<Environment>): Audience {
  const audience = state.audiences.get(audienceId(c));
  if (audience === undefined) throw new Refused(404, 'there is no audience with this id');
  return audience;
}

function describe({ id, identity, count, changedAt }: Audience) {
  return { id, identity, count, changedAt: new Date(changedAt).toISOString() };
}

/** The faults in a few words, without the token. */
function toldInShort(faults: Faults): string | null {
  const parts = [
    faults.mode === 'none' ? '' : `${faults.mode} ${faults.status ?? ''}`.trim(),
    faults.script.length > 0 ? `${faults.script.length} scripted` : '',
    faults.rejectMembers.length > 0
      ? `refuses batches with any of ${faults.rejectMembers.length} identities`
      : '',
    faults.maxBatch === undefined ? '' : `at most ${faults.maxBatch} a batch`,
    faults.requirePlainBearer === undefined ? '' : 'wants a bearer token',
  ].filter((part) => part !== '');
  return parts.length === 0 ? null : parts.join(' · ');
}
