/** Ways out that only a deployment can open: private hosts by name, authorities of its own, a proxy. Each over real sockets. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { env } from '../../shared/contracts/wiring.ts';
import { checkBaseUrl } from '../../shared/domain/platform/target.ts';
import type { Network } from '../../shared/http/connector.ts';
import { egressOf } from '../../shared/runtime/egress.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import { listen, makeSender, ok, post } from './support.ts';

const platform = 'platform.example.com';
const inside = 'crm.corp.internal';
const proxyHost = 'proxy.corp.internal';
const addresses: Readonly<Record<string, readonly string[]>> = {
  [platform]: ['93.184.216.34'],
  [inside]: ['10.1.2.3'],
  [proxyHost]: ['10.0.0.9'],
  'rebound.example.com': ['10.1.2.3'],
  'metadata.corp.internal': ['169.254.169.254'],
  'half.corp.internal': ['10.1.2.3', '127.0.0.1'],
};

/** Dials of the proxy's address end at the proxy, all others at the platform. */
function networkOf(ports: { readonly platform: number; readonly proxy?: number }, ca?: string) {
  const dials: string[] = [];
  const lookups: string[] = [];
  const network: Network = {
    lookup: async (name) => {
      lookups.push(name);
      return addresses[name] ?? [];
    },
    dial(address, port) {
      dials.push(`${address}:${port}`);
      const at = address === '10.0.0.9' ? (ports.proxy ?? 1) : ports.platform;
      return net.connect({ host: '127.0.0.1', port: at });
    },
    ...(ca !== undefined && { ca }),
  };
  return { network, dials, lookups };
}

/** A proxy of Node's own parser: opens what it is asked for, all at one port of this machine. */
async function connectProxy(
  to: number,
  refuses: number | undefined,
  certificate: Certificate | undefined,
) {
  const asked: string[] = [];
  const server = certificate ? createTlsServer(certificate) : createServer();
  server.on('connect', (request, socket: net.Socket, head: Buffer) => {
    asked.push(String(request.url));
    socket.on('error', () => {});
    if (refuses) return void socket.end(`HTTP/1.1 ${refuses} No\r\ncontent-length: 0\r\n\r\n`);
    const onward = net.connect(to, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.length > 0) onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { asked, port: typeof address === 'object' && address ? address.port : 0 };
}

interface Scene {
  readonly resolves?: boolean;
  readonly refuses?: number;
  readonly isTls?: boolean;
  readonly privateHosts?: readonly string[];
  readonly noProxy?: boolean;
}

async function scene({ resolves = false, refuses, isTls = false, privateHosts, noProxy }: Scene) {
  const certificate = makeCertificate([platform, '*.corp.internal']);
  const peer = await listen((socket) => socket.write(ok()), certificate);
  const proxy = await connectProxy(peer.port, refuses, isTls ? certificate : undefined);
  const { network, dials, lookups } = networkOf(
    { platform: peer.port, proxy: proxy.port },
    certificate.cert,
  );
  const sender = makeSender({
    allowLoopbackHttp: false,
    network,
    ...(privateHosts && { privateHosts }),
    ...(!noProxy && { proxy: { host: proxyHost, port: 3_128, isTls, resolves } }),
  });
  const send = async (url: string) => {
    const answer = await sender.send(post(url));
    return answer.kind === 'answer' ? answer.status : answer.code;
  };
  return { send, sender, asked: proxy.asked, dials, lookups, peer };
}

test.each([false, true])(
  'a request goes through the proxy, told the address that was judged (TLS to it: %s)',
  async (isTls) => {
    const { send, asked, dials, peer } = await scene({ isTls });
    expect(await send(`https://${platform}/m`)).toBe(200);
    expect(asked).toEqual(['93.184.216.34:443']);
    expect(dials).toEqual(['10.0.0.9:3128']);
    expect(peer.requests[0]).toContain(`host: ${platform}`);
  },
);

test('a proxy that resolves is told the name; nothing is asked of our own DNS for it', async () => {
  const { send, asked, lookups } = await scene({ resolves: true });
  expect(await send(`https://${platform}:8443/m`)).toBe(200);
  expect(asked).toEqual([`${platform}:8443`]);
  expect(lookups).toEqual([proxyHost]);
});

test.each([
  ['https://rebound.example.com/m', 'forbidden-address', false],
  ['https://169.254.169.254/m', 'forbidden-address', true],
  ['https://[fd00::1]/m', 'forbidden-address', true],
  [`https://${inside}/m`, 'forbidden-host', true],
  [`http://${platform}/m`, 'not-https', true],
] as const)('the proxy is no way to %s', async (url, code, resolves) => {
  const { send, asked, dials } = await scene({ resolves });
  expect(await send(url)).toBe(code);
  expect(asked).toEqual([]);
  expect(dials).toEqual([]);
});

test('a proxy that refuses is told with its status; nothing was sent', async () => {
  const { sender } = await scene({ refuses: 403 });
  const answer = await sender.send(post(`https://${platform}/m`));
  expect(answer).toMatchObject({ kind: 'none', code: 'proxy', sent: false });
  expect(JSON.stringify(answer)).toContain('403');
});

test('a private host that is allowed is called directly, by that very name over https, and no other is', async () => {
  const { send, asked, dials } = await scene({ privateHosts: [inside] });
  expect(await send(`https://${inside}/m`)).toBe(200);
  expect(dials).toEqual(['10.1.2.3:443']);
  expect(asked).toEqual([]);
  for (const [url, code] of [
    [`http://${inside}/m`, 'not-https'],
    [`https://sub.${inside}/m`, 'forbidden-host'],
    [`https://${inside}./m`, 'forbidden-host'],
    ['https://other.corp.internal/m', 'forbidden-host'],
    ['https://10.1.2.3/m', 'forbidden-address'],
  ] as const) {
    expect(await send(url), url).toBe(code);
  }
  expect(dials).toHaveLength(1);
});

test('a name that is allowed leads to no loopback, link-local or metadata address', async () => {
  const privateHosts = [
    'half.corp.internal',
    'metadata.corp.internal',
    'localhost',
    '127.0.0.1',
    '169.254.169.254',
  ];
  const { send, dials } = await scene({ privateHosts, noProxy: true });
  for (const host of privateHosts) {
    expect(await send(`https://${host}/m`), host).toBe('forbidden-address');
  }
  expect(dials).toEqual([]);
});

function withEnvironment(values: Readonly<Record<string, string>>) {
  for (const [name, value] of Object.entries(values)) {
    process.env[name] = value;
    onTestFinished(() => void delete process.env[name]);
  }
}

test('the environment of a deployment is all that opens them: hosts, a bundle of authorities, a proxy', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const bundle = join(folder, 'ca.pem');
  const certificate = makeCertificate([inside]);
  writeFileSync(bundle, certificate.cert);
  const peer = await listen((socket) => socket.write(ok()), certificate);
  const { network } = networkOf({ platform: peer.port });
  withEnvironment({ [env.privateHosts]: `other.corp, ${inside.toUpperCase()}` });
  const untrusted = egressOf(false);
  expect(checkBaseUrl(`https://${inside}/v1`, untrusted)).toEqual([]);
  const refused = await makeSender({ ...untrusted, network }).send(post(`https://${inside}/`));
  expect(refused).toMatchObject({ code: 'tls' });
  withEnvironment({ [env.caBundle]: bundle });
  const trusted = egressOf(false);
  const sender = makeSender({ ...trusted, network: { ...network, ...trusted.network } });
  expect(await sender.send(post(`https://${inside}/`))).toMatchObject({ status: 200 });
  // The usual ones are trusted, too.
  expect(trusted.network.ca?.split('BEGIN CERTIFICATE').length).toBeGreaterThan(50);
  withEnvironment({ [env.egressProxy]: 'https://proxy.corp:3129' });
  expect(egressOf(false).proxy).toEqual({
    host: 'proxy.corp',
    port: 3_129,
    isTls: true,
    resolves: false,
  });
  for (const wrong of [
    'proxy.corp:3128',
    'socks5://proxy.corp',
    'http://ada:s@proxy.corp',
    'http://proxy.corp/x',
  ]) {
    withEnvironment({ [env.egressProxy]: wrong });
    expect(() => egressOf(false)).toThrow(
      expect.objectContaining({ code: 'egress-proxy-invalid' }),
    );
  }
  withEnvironment({
    [env.egressProxy]: 'http://proxy.corp',
    [env.caBundle]: join(folder, 'none.pem'),
  });
  expect(() => egressOf(false)).toThrow(expect.objectContaining({ code: 'ca-bundle-unreadable' }));
});
