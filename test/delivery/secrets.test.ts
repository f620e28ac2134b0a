/** Where secrets come from: Secrets Manager over its own protocol, or a file that is its owner's alone. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, onTestFinished, test } from 'vitest';
import { readSecret } from '../../shared/aws/secrets.ts';
import { ConfigurationError, PassingError } from '../../shared/domain/words/errors.ts';
import { cachedSecrets } from '../../shared/secrets/cached.ts';
import { readSecretsFile } from '../../shared/secrets/secrets-file.ts';
import { allValues, canary, movedClock, type Reply, serve } from './authentication-support.ts';

async function client(reply: Reply) {
  const { url, seen } = await serve(() => reply);
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const manager = new SecretsManagerClient({
    endpoint: new URL(url).origin,
    region: 'eu-west-1',
    credentials,
    maxAttempts: 1,
  });
  onTestFinished(() => manager.destroy());
  return { manager, seen };
}

const name = 'mirror/platform';
const secret = (SecretString: unknown): Reply => ({ body: { Name: name, SecretString } });
const failure = (type: string, status = 400): Reply => ({
  status,
  body: { __type: type, message: canary },
});

test('Secrets Manager is asked for the secret by its name', async () => {
  const { manager, seen } = await client(secret(JSON.stringify({ ...allValues, note: 1 })));
  expect(await readSecret(manager, name)).toEqual(allValues);
  expect(JSON.parse(seen[0]?.body.toString() ?? '')).toEqual({ SecretId: name });
});

test.each<[string, Reply, typeof ConfigurationError | typeof PassingError, string]>([
  ['missing', failure('ResourceNotFoundException'), ConfigurationError, 'secret-missing'],
  ['being deleted', failure('InvalidRequestException'), ConfigurationError, 'secret-missing'],
  ['forbidden', failure('AccessDeniedException'), ConfigurationError, 'access-denied'],
  ['locked', failure('DecryptionFailure'), ConfigurationError, 'access-denied'],
  ['no JSON', secret(`{"token": "${canary}"`), ConfigurationError, 'secret-unreadable'],
  ['no object', secret(JSON.stringify(canary)), ConfigurationError, 'secret-unreadable'],
  ['no text', secret(`{"token": ["${canary}"]}`), ConfigurationError, 'secret-unreadable'],
  ['empty', secret('{"token": ""}'), ConfigurationError, 'secret-unreadable'],
  ['binary', { body: { SecretBinary: 'AAAA' } }, ConfigurationError, 'secret-unreadable'],
  ['not given', failure('InternalServiceError', 500), PassingError, 'secret-unavailable'],
  ['throttled', failure('ThrottlingException'), PassingError, 'secret-unavailable'],
  ['cut off', { drop: true }, PassingError, 'secret-unavailable'],
])('a secret that is %s', async (_, reply, kind, code) => {
  const { manager } = await client(reply);
  const error = await readSecret(manager, name).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(kind);
  expect(error).toMatchObject({ code, message: expect.stringContaining(`"${name}"`) });
  expect(error).not.toHaveProperty('cause');
  expect(`${error} ${JSON.stringify(error)}`).not.toContain(canary);
});

test('secrets are kept for their time, asked for once by many, and forgotten when told', async () => {
  const clock = movedClock();
  let reads = 0;
  const read = async () => ({ token: `t${++reads}` });
  const secrets = cachedSecrets(read, clock, 300_000);
  const got = await Promise.all(Array.from({ length: 20 }, () => secrets.get('a')));
  clock.at += 299_999;
  expect([...got, await secrets.get('a')]).toEqual(
    Array.from({ length: 21 }, () => ({ token: 't1' })),
  );
  clock.at += 1;
  expect(await secrets.get('a')).toEqual({ token: 't2' });
  expect(await secrets.get('b')).toEqual({ token: 't3' });
  secrets.forget('a');
  expect(await secrets.get('a')).toEqual({ token: 't4' });
});

test('a failure is not kept', async () => {
  let fails = true;
  const read = async () => {
    if (fails) throw new PassingError('secret-unavailable', '');
    return {};
  };
  const secrets = cachedSecrets(read, movedClock(), 300_000);
  await expect(secrets.get('a')).rejects.toThrow(PassingError);
  fails = false;
  expect(await secrets.get('a')).toEqual({});
});

async function fileOf(content: string, mode: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'secrets.json');
  await writeFile(file, content);
  await chmod(file, mode);
  return file;
}

test.each([0o600, 0o400])('a file of mode %o is read', async (mode) => {
  const file = await fileOf(JSON.stringify({ platform: allValues, other: {} }), mode);
  expect(await readSecretsFile(file, 'platform')).toEqual(allValues);
  expect(await readSecretsFile(file, 'other')).toEqual({});
});

test.each([0o640, 0o604, 0o620, 0o601, 0o644, 0o666])(
  'a file of mode %o is refused: others could get at it',
  async (mode) => {
    const file = await fileOf(JSON.stringify({ platform: allValues }), mode);
    const reading = readSecretsFile(file, 'platform');
    await expect(reading).rejects.toMatchObject({
      code: 'secrets-file-open',
      message: expect.stringContaining('chmod 600'),
    });
  },
);

test.each([
  ['an unknown name', '{"other": {}}', 'secret-missing'],
  ['a name of every object', '{}', 'secret-missing', 'constructor'],
  ['no JSON', `{"platform": "${canary}`, 'secret-unreadable'],
  ['a list', `["${canary}"]`, 'secret-unreadable'],
  ['a bare text', `{"platform": "${canary}"}`, 'secret-unreadable'],
])('a file with %s', async (_, content, code, asked = 'platform') => {
  const file = await fileOf(content, 0o600);
  const error = await readSecretsFile(file, asked).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigurationError);
  expect(error).toMatchObject({ code });
  expect(`${error} ${JSON.stringify(error)}`).not.toContain(canary);
});

test('without a file the secret is missing, and the file named', async () => {
  const file = join(tmpdir(), 'no-such-folder', 'secrets.json');
  await expect(readSecretsFile(file, 'platform')).rejects.toMatchObject({
    code: 'secret-missing',
    message: expect.stringContaining(file),
  });
});
