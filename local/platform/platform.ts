/**
 * The sample platform: a small advertising platform's audience API on loopback, to which Audience Mirror delivers.
 * It keeps exact account of what it got, and can be told over HTTP to be slow, to refuse, or to break connections.
 */
import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Audiences, type Change, type Member } from './audience.ts';
import { FaultPlayer } from './fault-player.ts';
import { Journal } from './journal.ts';
import type { PlatformState } from './member-request.ts';
import { RequestLog } from './request-log.ts';
import { platformRoutes } from './routes.ts';

const HOST = '127.0.0.1';
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
  const server = serverOf(state);
  try {
    await listen(server, options.port ?? 0);
  } catch (error) {
    journal?.close();
    throw error;
  }
  return {
    url: urlOf(server),
    members: (audienceId) => new Map(audiences.get(audienceId)?.members),
    close: async () => {
      await shut(server);
      journal?.close();
    },
  };
}

/** The listener leaves the process's global Request and Response alone. */
function serverOf(state: PlatformState): Server {
  const listener = getRequestListener(platformRoutes(state).fetch, {
    overrideGlobalObjects: false,
  });
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  return server;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return `http://${HOST}:${address.port}`;
}

function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
