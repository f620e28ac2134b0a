/** The socket goes to the checked address; the name goes to TLS, and the certificate must bear it. */
import tls from 'node:tls';
import { expect, test, vi } from 'vitest';
import { makeCertificate } from './certificate.ts';
import { bodyOf, listen, makeSender, ok, post, watchedNetwork } from './support.ts';

const PUBLIC = '93.184.216.34';
const certificate = makeCertificate(['platform.example.com']);
const url = 'https://platform.example.com/members';

async function platform(given = certificate) {
  const servernames: unknown[] = [];
  const peer = await listen((socket) => {
    if (socket instanceof tls.TLSSocket) servernames.push(socket.servername);
    socket.write(ok());
  }, given);
  return { peer, servernames };
}

test('the name is sent, checked, and put in the Host header; the address is dialled', async () => {
  const { peer, servernames } = await platform();
  const network = watchedNetwork([[PUBLIC]], peer.port, certificate.cert);
  const sender = makeSender({ allowLoopbackHttp: false, network });

  expect(bodyOf(await sender.send(post(url)))).toBe('ok');
  expect(bodyOf(await sender.send(post(url)))).toBe('ok');
  expect(network.lookups).toEqual(['platform.example.com']);
  expect(network.dials).toEqual([{ address: PUBLIC, port: 443 }]);
  expect(servernames).toEqual(['platform.example.com', 'platform.example.com']);
  expect(peer.requests[0]).toMatch(
    /^POST \/members HTTP\/1\.1\r\nhost: platform\.example\.com\r\n/,
  );
});

test.each([
  ['for another name', 'https://other.example.com/', certificate, certificate.cert],
  ['for a name where an address is called', `https://${PUBLIC}/`, certificate, certificate.cert],
  ['of an unknown authority', url, certificate, makeCertificate(['platform.example.com']).cert],
  ['that ran out', url, ...expired()],
])('a certificate %s ends the connection before anything is sent', async (_, target, given, ca) => {
  const { peer } = await platform(given);
  const network = watchedNetwork([[PUBLIC]], peer.port, ca);
  const sender = makeSender({ allowLoopbackHttp: false, network });

  const answer = await sender.send(post(target));
  expect(answer).toMatchObject({ kind: 'none', code: 'tls', sent: false });
  expect(peer.requests).toEqual([]);
});

test('no environment variable switches the check off', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  const { peer } = await platform();
  const network = watchedNetwork([[PUBLIC]], peer.port);
  const sender = makeSender({ allowLoopbackHttp: false, network });
  const answer = await sender.send(post(url));
  vi.unstubAllEnvs();
  expect(answer).toMatchObject({ kind: 'none', code: 'tls', sent: false });
});

test('a platform that speaks no TLS, or too old one, is sent nothing', async () => {
  const plain = await listen((socket) => socket.end(ok()));
  const network = watchedNetwork([[PUBLIC]], plain.port, certificate.cert);
  const sender = makeSender({ allowLoopbackHttp: false, network, connectTimeoutMs: 300 });
  const answer = await sender.send(post(url));
  expect(answer).toMatchObject({ kind: 'none', sent: false });
  expect(plain.requests).toEqual([]);
});

function expired() {
  const old = makeCertificate(['platform.example.com'], -1);
  return [old, old.cert] as const;
}
