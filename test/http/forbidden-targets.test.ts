import { expect, test } from 'vitest';
import { checkBaseUrl } from '../../shared/domain/platform/target.ts';
import answers from './cases/forbidden-answers.json' with { type: 'json' };
import urls from './cases/forbidden-urls.json' with { type: 'json' };
import { listen, makeSender, ok, post, watchedNetwork } from './support.ts';

const PUBLIC = '93.184.216.34';

test('there are at least sixty forms of forbidden targets', () => {
  expect(urls.length).toBeGreaterThanOrEqual(60);
});

test.each(urls)('refused without a connection: $form, $url', async ({ url }) => {
  const network = watchedNetwork([[PUBLIC]]);
  const sender = makeSender({ allowLoopbackHttp: false, network });

  expect(await sender.send(post(url))).toMatchObject({ kind: 'refused' });
  expect(network.dials).toEqual([]);
  expect(network.lookups).toEqual([]);
});

test.each(urls)('refused at save: $form, $url', ({ url }) => {
  expect(checkBaseUrl(url, { allowLoopbackHttp: false })).not.toEqual([]);
});

test.each(urls.filter((row) => !row.loopback))(
  'refused where loopback is allowed: $form, $url',
  async ({ url }) => {
    const network = watchedNetwork([[PUBLIC]]);
    const sender = makeSender({ network });

    expect(await sender.send(post(url))).toMatchObject({ kind: 'refused' });
    expect(network.dials).toEqual([]);
  },
);

test.each(answers)(
  'refused without a connection: a name that leads to $answers, $form',
  async ({ answers }) => {
    const network = watchedNetwork([answers]);
    const sender = makeSender({ network });

    expect(await sender.send(post('https://platform.example.com/'))).toMatchObject({
      kind: 'refused',
      code: 'forbidden-address',
    });
    expect(network.dials).toEqual([]);
  },
);

test('all refused with zero connections at a server that listens on loopback', async () => {
  const peer = await listen((socket) => socket.end(ok()));
  const sender = makeSender({ allowLoopbackHttp: false });
  const hosts = urls.filter((row) => row.loopback).map((row) => new URL(row.url).hostname);

  for (const scheme of ['http', 'https']) {
    for (const host of hosts) {
      const answer = await sender.send(post(`${scheme}://${host}:${peer.port}/`));
      expect(answer).toMatchObject({ kind: 'refused' });
    }
  }
  expect(peer.connections).toBe(0);
});

test('a resolver that changes its mind is asked once for a connection, and the checked address is dialled', async () => {
  const network = watchedNetwork([[PUBLIC], ['127.0.0.1']]);
  const sender = makeSender({ network });

  await sender.send(post('https://platform.example.com/'));
  expect(network.lookups).toEqual(['platform.example.com']);
  expect(network.dials).toEqual([{ address: PUBLIC, port: 443 }]);

  const second = await sender.send(post('https://platform.example.com/'));
  expect(second).toMatchObject({ kind: 'refused', code: 'forbidden-address' });
  expect(network.dials).toHaveLength(1);
});

test('a name of the network is no way to loopback, even where loopback is allowed', async () => {
  const peer = await listen((socket) => socket.end(ok()));
  const network = watchedNetwork([['127.0.0.1']], peer.port);
  const sender = makeSender({ network });

  const answer = await sender.send(post(`https://platform.example.com:${peer.port}/`));
  expect(answer).toMatchObject({ kind: 'refused', code: 'forbidden-address' });
  expect(peer.connections).toBe(0);
});

test('localhost that resolves to another machine is refused', async () => {
  for (const address of [PUBLIC, '10.0.0.1']) {
    const network = watchedNetwork([[address, '127.0.0.1']]);
    const sender = makeSender({ network });
    expect(await sender.send(post('http://localhost:80/'))).toMatchObject({ kind: 'refused' });
    expect(network.dials).toEqual([]);
  }
});

test.each([301, 302, 303, 307, 308])(
  'a redirect (%i) to the metadata service is only an answer',
  async (status) => {
    const location = 'http://169.254.169.254/latest/meta-data/';
    const peer = await listen((socket) =>
      socket.write(
        `HTTP/1.1 ${status} Moved\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`,
      ),
    );
    const network = watchedNetwork([], peer.port);
    const sender = makeSender({ network });

    const answer = await sender.send(post(peer.url));
    expect(answer).toMatchObject({ kind: 'answer', status, headers: { location } });
    expect(network.dials).toEqual([{ address: '127.0.0.1', port: peer.port }]);
  },
);

test('a refusal holds neither the query nor the credentials of the URL', async () => {
  const sender = makeSender({ network: watchedNetwork([['10.0.0.1']]) });
  const canaries = [
    'https://platform.example.com/CANARY?key=CANARY',
    'https://CANARY:CANARY@platform.example.com/',
    'https://10.0.0.1/CANARY?CANARY',
    'http://platform.example.com/?CANARY',
    'CANARY',
  ];
  for (const url of canaries) {
    const answer = await sender.send(post(url));
    expect(answer.kind).toBe('refused');
    expect(JSON.stringify(answer)).not.toContain('CANARY');
  }
});
