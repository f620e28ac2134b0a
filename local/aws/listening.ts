/** A server of one embedded service, on loopback alone. */
import { once } from 'node:events';
import type { Server } from 'node:http';

export interface Listening {
  readonly endpoint: string;
  /** Also ends the connections that are open. */
  close(): Promise<void>;
}

/** At any free port of 127.0.0.1. */
export async function listening(server: Server): Promise<Listening> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
