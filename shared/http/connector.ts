/**
 * Opens connections to addresses that were checked, and to no other. A name is resolved once; every address it
 * stands for is judged; the socket is then dialled by that very address, so that a second answer of the resolver
 * can lead nowhere. The name goes on only as the TLS server name and is checked against the certificate.
 */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import type { buildConnector } from 'undici';
import { addressOfHost } from '../domain/platform/address.ts';
import { addressProblem, isAllowedPrivate, type TargetPolicy } from '../domain/platform/target.ts';
import { type EgressProxy, ProxyRefusal, tunnel } from './tunnel.ts';

/** What lies between this process and the platform; tests put their own in its place. */
export interface Network {
  /** All addresses of a name, in the order they are to be tried. */
  lookup(name: string): Promise<readonly string[]>;
  /** A TCP connection, under way. `address` is an IP address, never a name. */
  dial(address: string, port: number): net.Socket;
  /** Trusted certificate authorities in place of the built-in ones. */
  readonly ca?: string;
}

export const INTERNET: Network = {
  async lookup(name) {
    // IPv4 first: functions outside a VPC with IPv6 have no route for the rest.
    const answers = await lookup(name, { all: true, order: 'ipv4first' });
    return answers.map((answer) => answer.address);
  },
  dial: (address, port) => net.connect({ host: address, port, noDelay: true, keepAlive: true }),
};

/** No connection came about: nothing of any request has left. `refused`: by this guard, not by the network. */
export class ConnectFailure extends Error {
  readonly code: string;
  readonly refused: boolean;

  constructor(code: string, message: string, refused = false) {
    super(message);
    this.name = 'ConnectFailure';
    this.code = code;
    this.refused = refused;
  }
}

export interface ConnectorSettings {
  readonly policy: TargetPolicy;
  readonly network: Network;
  /** Public hosts are reached through it. Loopback and allowed private hosts are not: they lie on this side of it. */
  readonly proxy?: EgressProxy | undefined;
  /** For name resolution, TCP and TLS together. */
  readonly connectTimeoutMs: number;
}

const MAX_ADDRESSES_TRIED = 4;

/**
 * One connection's connector for undici. When `abandoned` fires, an attempt under way ends at once. The callback
 * gets each socket that is ready, or a ConnectFailure.
 */
export function createConnector(
  settings: ConnectorSettings,
  abandoned: AbortSignal,
): buildConnector.connector {
  return (target, callback) => {
    const attempt = new AbortController();
    const timer = setTimeout(() => attempt.abort(), settings.connectTimeoutMs);
    open(target, settings, AbortSignal.any([attempt.signal, abandoned]))
      .finally(() => clearTimeout(timer))
      .then(
        (socket) => callback(null, socket),
        (error: unknown) => callback(asFailure(error, target), null),
      );
  };
}

async function open(
  target: buildConnector.Options,
  settings: ConnectorSettings,
  signal: AbortSignal,
): Promise<net.Socket> {
  const host = target.hostname;
  const isTls = target.protocol === 'https:';
  const port = Number(target.port || (isTls ? 443 : 80));
  const { proxy, policy } = settings;
  const through = isTls && proxy && !isAllowedPrivate(host, policy) ? proxy : undefined;
  const socket =
    through?.resolves && addressOfHost(host) === undefined
      ? await viaProxy(through, [host], port, settings, signal)
      : await judged(host, port, through, settings, signal);
  return isTls ? secure(socket, host, settings.network.ca, signal) : socket;
}

/** To an address of the host, each of which was judged, and to no other. */
async function judged(
  host: string,
  port: number,
  proxy: EgressProxy | undefined,
  settings: ConnectorSettings,
  signal: AbortSignal,
): Promise<net.Socket> {
  const addresses = await resolve(host, settings.network, signal);
  const problem = addressProblem(host, addresses, settings.policy);
  if (problem !== undefined) throw new ConnectFailure(problem.code, problem.message, true);
  const tried = addresses.slice(0, MAX_ADDRESSES_TRIED);
  return proxy
    ? viaProxy(proxy, tried, port, settings, signal)
    : reach(tried, port, settings, signal);
}

/** The first of the targets that the proxy reaches. The proxy is the deployment's own, wherever it lies. */
async function viaProxy(
  proxy: EgressProxy,
  targets: readonly string[],
  port: number,
  settings: ConnectorSettings,
  signal: AbortSignal,
): Promise<net.Socket> {
  const addresses = await resolve(proxy.host, settings.network, signal);
  let failure: unknown;
  for (const target of targets) {
    const plain = await reach(addresses, proxy.port, settings, signal);
    const { ca } = settings.network;
    const socket = proxy.isTls ? await secure(plain, proxy.host, ca, signal) : plain;
    try {
      return await tunnel(socket, bare(target), port, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      failure = error;
    }
  }
  const why = failure instanceof ProxyRefusal ? `it answered ${failure.status}` : codeOf(failure);
  throw new ConnectFailure(
    'proxy',
    `The outgoing proxy ${proxy.host} gave no way to the platform (${why}). Let it pass this destination; the next run sends what this one does not.`,
  );
}

/** As sockets and proxies take an address: a URL has IPv6 in brackets. */
const bare = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

async function resolve(host: string, network: Network, signal: AbortSignal) {
  if (addressOfHost(host) !== undefined) return [host];
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  try {
    const answers = (async () => network.lookup(host))();
    const addresses = await Promise.race([answers, stopped]);
    if (addresses.length > 0) return addresses;
  } catch (error) {
    if (signal.aborted) throw error;
  }
  throw new ConnectFailure(
    'dns',
    `The name ${host} could not be resolved. Check the base URL of the destination; if it is right, the platform's DNS is at fault. The next run sends what this one does not.`,
  );
}

/** The first address that accepts a connection; each gets an equal share of the time. */
async function reach(
  addresses: readonly string[],
  port: number,
  settings: ConnectorSettings,
  signal: AbortSignal,
): Promise<net.Socket> {
  const shareMs = Math.ceil(settings.connectTimeoutMs / addresses.length);
  let failure: unknown;
  for (const address of addresses) {
    const socket = settings.network.dial(address, port);
    try {
      await ready(socket, 'connect', AbortSignal.any([signal, AbortSignal.timeout(shareMs)]));
      return socket;
    } catch (error) {
      if (signal.aborted) throw error;
      failure = error;
    }
  }
  throw failure;
}

async function secure(
  socket: net.Socket,
  host: string,
  ca: string | undefined,
  signal: AbortSignal,
): Promise<net.Socket> {
  const secured = tls.connect({
    socket,
    host,
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    // Said aloud, so that no environment variable can switch it off.
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
  });
  try {
    await ready(secured, 'secureConnect', signal);
    return secured;
  } catch (error) {
    socket.destroy();
    if (signal.aborted) throw error;
    throw new ConnectFailure(
      'tls',
      `No trusted TLS connection to ${host} came about (${codeOf(error)}). The platform must present a valid public certificate for this name; check the base URL.`,
    );
  }
}

async function ready(socket: net.Socket, event: string, signal: AbortSignal): Promise<void> {
  // Stays on: an error between here and the moment undici listens must not end the process.
  socket.on('error', () => {});
  try {
    await once(socket, event, { signal });
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function asFailure(error: unknown, target: buildConnector.Options): ConnectFailure {
  if (error instanceof ConnectFailure) return error;
  const isLate = error instanceof Error && error.name === 'AbortError';
  const cause = isLate ? 'no answer in time' : codeOf(error);
  return new ConnectFailure(
    'connect',
    `No connection to ${target.hostname} came about (${cause}). Check the base URL and that the platform is up. The next run sends what this one does not.`,
  );
}

/** System and TLS error codes are constants; the texts beside them may hold more than should be shown. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'unknown cause';
}
