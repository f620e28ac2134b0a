/**
 * Keeps connections alive, a bounded number for each origin. Each holds one undici client and carries one request
 * at a time: undici re-queues nothing of its own accord then, and a request can be waited for, fenced and cut alone.
 */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { Client } from 'undici';
import { type ConnectorSettings, createConnector } from './connector.ts';

/** Longer than this by the wall clock, a connection is not used again: a frozen function notices no closed socket. */
const MAX_IDLE_MS = 20_000;
const MAX_HEADER_BYTES = 16_384;

export interface ConnectionSettings extends ConnectorSettings {
  readonly clock: { now(): number };
  readonly connectionsPerOrigin: number;
}

/** One client; its socket comes and goes. */
export class Connection {
  readonly client: Client;
  readonly origin: string;
  idleSince = 0;
  #socket: Socket | undefined;
  readonly #abandoned = new AbortController();

  constructor(origin: string, settings: ConnectionSettings) {
    this.origin = origin;
    const connect = createConnector(settings, this.#abandoned.signal);
    this.client = new Client(origin, {
      connect: (target, callback) => {
        connect(target, (...args) => {
          if (args[0] === null) this.#socket = args[1];
          callback(...args);
        });
      },
      pipelining: 1,
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveMaxTimeout: MAX_IDLE_MS,
      // The sender's own timer bounds the whole request.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    // An emitter without a listener for `error` would end the process.
    const emitter: EventEmitter = this.client;
    emitter.on('error', () => {});
  }

  /** Bytes that this process still holds. */
  get unwritten(): number {
    return this.#socket?.writableLength ?? 0;
  }

  async destroy(): Promise<void> {
    this.#abandoned.abort();
    await this.client.destroy();
  }
}

interface Line {
  /** The one used last is used next, so that the others may run out. */
  readonly idle: Connection[];
  readonly waiting: Set<(connection: Connection) => void>;
  busy: number;
}

export class Connections {
  readonly #settings: ConnectionSettings;
  /** One for each origin ever called: as many as there are destinations, each small. */
  readonly #lines = new Map<string, Line>();

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /** Undefined where `stopped` fires before a connection is free. The caller must release what it gets. */
  async acquire(origin: string, stopped: AbortSignal): Promise<Connection | undefined> {
    const line = this.#line(origin);
    if (line.busy < this.#settings.connectionsPerOrigin) {
      line.busy += 1;
      return this.#takeIdle(line) ?? new Connection(origin, this.#settings);
    }
    return new Promise((resolve) => {
      const give = (connection: Connection) => {
        stopped.removeEventListener('abort', giveUp);
        resolve(connection);
      };
      const giveUp = () => {
        line.waiting.delete(give);
        resolve(undefined);
      };
      line.waiting.add(give);
      stopped.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** `reusable`: nothing is under way on it, and nothing of it is in doubt. */
  release(connection: Connection, reusable: boolean): void {
    const line = this.#line(connection.origin);
    if (!reusable) void connection.destroy();
    const [give] = line.waiting;
    if (give !== undefined) {
      line.waiting.delete(give);
      give(reusable ? connection : new Connection(connection.origin, this.#settings));
      return;
    }
    line.busy -= 1;
    connection.idleSince = this.#settings.clock.now();
    if (reusable) line.idle.push(connection);
  }

  /** To be called when nothing is under way. */
  async close(): Promise<void> {
    const idle = [...this.#lines.values()].flatMap((line) => line.idle.splice(0));
    await Promise.all(idle.map((connection) => connection.destroy()));
  }

  #line(origin: string): Line {
    const known = this.#lines.get(origin);
    if (known !== undefined) return known;
    const line: Line = { idle: [], waiting: new Set(), busy: 0 };
    this.#lines.set(origin, line);
    return line;
  }

  #takeIdle(line: Line): Connection | undefined {
    const oldest = this.#settings.clock.now() - MAX_IDLE_MS;
    for (let connection = line.idle.pop(); connection !== undefined; connection = line.idle.pop()) {
      if (connection.idleSince >= oldest) return connection;
      void connection.destroy();
    }
    return undefined;
  }
}
