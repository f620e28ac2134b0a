/**
 * The sample platform: a small advertising platform's audience API on loopback, to which Audience Mirror delivers.
 * It keeps exact account of what it got, and can be told over HTTP to be slow, to refuse, or to break connections.
 */
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { guarded, type Listening, listening } from '../loopback.ts';
import { Audiences, type Change, type Member } from './audience.ts';
import { FaultPlayer } from './fault-player.ts';
import { Journal } from './journal.ts';
import type { PlatformState } from './member-request.ts';
import { RequestLog } from './request-log.ts';
import { platformRoutes } from './routes.ts';

/** Above the idle time of any client here, so that no connection is closed under a request on its way. */
const KEEP_ALIVE_MS = 120_000;

export interface Platform {
  /** Without a slash at its end. */
  readonly url: string;
  /** A copy of the members by identity; empty for an unknown audience. */
  members(audienceId: string): Map<string, Member>;
  /** Breaks what connections there are, and returns when all is on disk. */
  close(): Promise<void>;
}

/**
 * @param options.port 1 to 65535; any free one if not given.
 * @param options.folder keeps audiences and members between starts; without it they end with the process. Faults,
 * request log and counters always do. One process at a time.
 * @throws Error if the port is taken or the folder's journal is damaged.
 */
export async function startPlatform(
  options: { port?: number; folder?: string } = {},
): Promise<Platform> {
  const audiences = new Audiences();
  const { folder } = options;
  const journal = folder === undefined ? undefined : await Journal.open(folder, audiences);
  const commit = (change: Change) => {
    audiences.check(change);
    journal?.write(change);
    return audiences.apply(change);
  };
  const state: PlatformState = {
    audiences,
    faults: new FaultPlayer(),
    log: new RequestLog(),
    commit,
  };
  const served = await serve(state, options.port).catch((error: unknown) => {
    journal?.close();
    throw error;
  });
  return {
    url: served.endpoint,
    members: (audienceId) => new Map(audiences.get(audienceId)?.members),
    close: async () => {
      await served.close();
      journal?.close();
    },
  };
}

/** What a body may say that it is: nothing, or JSON. Only these a page of somebody else can't send unasked. */
const bodies = ['application/json', ''];

/** The listener leaves the process's global Request and Response alone. */
function serve(state: PlatformState, port: number | undefined): Promise<Listening> {
  const take = getRequestListener(platformRoutes(state).fetch, { overrideGlobalObjects: false });
  const server = createServer(guarded((...call) => void take(...call), { bodies }));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  return listening(server, port);
}
