/** One suite over the vaults: Secrets Manager over its own protocol, and a file that is its owner's alone. */

import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSecretVault } from '../../shared/aws/secret-vault.ts';
import { ConfigurationError, PassingError } from '../../shared/domain/words/errors.ts';
import type { SecretVault } from '../../shared/ports/configurations.ts';
import { createSecretsFileVault } from '../../shared/secrets/secrets-file.ts';
import { canary, type Reply, type Seen, serve } from './authentication-support.ts';

interface Vault {
  readonly vault: SecretVault;
  /** What somebody else put there. */
  plant(name: string, value: unknown): Promise<void>;
  read(name: string): Promise<unknown>;
}

const failure = (type: string, status = 400): Reply => ({
  status,
  body: { __type: type, message: canary },
});

/** As much of Secrets Manager as the vault asks for. */
function secretsManager(secrets: Map<string, string>) {
  return ({ headers, body }: Seen): Reply => {
    const asked = JSON.parse(body.toString());
    const name = asked.SecretId ?? asked.Name;
    const known = secrets.has(name);
    switch (headers['x-amz-target']?.split('.')[1]) {
      case 'GetSecretValue':
        if (!known) return failure('ResourceNotFoundException');
        return { body: { Name: name, SecretString: secrets.get(name) } };
      case 'CreateSecret':
        if (known) return failure('ResourceExistsException');
        break;
      case 'PutSecretValue':
        if (!known) return failure('ResourceNotFoundException');
        break;
      case 'DeleteSecret':
        if (!known || !asked.ForceDeleteWithoutRecovery)
          return failure('ResourceNotFoundException');
        secrets.delete(name);
        return { body: { Name: name } };
      default:
        return failure('UnknownOperationException');
    }
    secrets.set(name, asked.SecretString);
    return { body: { Name: name } };
  };
}

async function managed(reply: (seen: Seen) => Reply): Promise<SecretVault> {
  const { url } = await serve(reply);
  const manager = new SecretsManagerClient({
    endpoint: new URL(url).origin,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
  onTestFinished(() => manager.destroy());
  return createSecretVault(manager, 'stack/');
}

async function inSecretsManager(): Promise<Vault> {
  const secrets = new Map<string, string>();
  return {
    vault: await managed(secretsManager(secrets)),
    plant: async (name, value) => {
      secrets.set(`stack/${name}`, typeof value === 'string' ? value : JSON.stringify(value));
    },
    read: async (name) => JSON.parse(secrets.get(`stack/${name}`) ?? 'null'),
  };
}

async function inFile(): Promise<Vault & { file: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'vault-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'secrets.json');
  const all = async () => JSON.parse(await readFile(file, 'utf8').catch(() => '{}'));
  return {
    file,
    vault: createSecretsFileVault(file),
    plant: async (name, value) => {
      const text = JSON.stringify({ ...(await all()), [name]: value });
      await writeFile(file, text, { mode: 0o600 });
    },
    read: async (name) => (await all())[name] ?? null,
  };
}

describe.each([
  { where: 'Secrets Manager', make: inSecretsManager },
  { where: 'a file', make: inFile },
])('secrets in $where', ({ make }) => {
  test('what is left out stays, null takes away, and fields of others are not touched', async () => {
    const { vault, plant, read } = await make();
    await vault.put('platform', { token: 'one' });
    await vault.put('platform', { signingKey: 'two' });
    expect(await read('platform')).toEqual({ token: 'one', signingKey: 'two' });
    await plant('platform', { token: 'one', signingKey: 'two', owner: { team: 'crm' } });
    await vault.put('platform', { token: 'new', signingKey: null });
    expect(await read('platform')).toEqual({ token: 'new', owner: { team: 'crm' } });
    await vault.put('other', { password: 'three' });
    expect(await read('platform')).toMatchObject({ token: 'new' });
  });

  test('what is removed is gone, once or twice', async () => {
    const { vault, read } = await make();
    await vault.put('platform', { token: 'one' });
    await vault.remove('platform');
    await vault.remove('platform');
    expect(await read('platform')).toBeNull();
    await vault.put('platform', { token: 'two' });
    expect(await read('platform')).toEqual({ token: 'two' });
  });

  test('a secret that is no object is left as it is, and neither value is told', async () => {
    const { vault, plant, read } = await make();
    await plant('platform', [canary]);
    const error = await vault.put('platform', { token: `${canary}2` }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ code: 'secret-unreadable' });
    expect(`${error} ${JSON.stringify(error)}`).not.toContain(canary);
    expect(await read('platform')).toEqual([canary]);
  });
});

test.each<[string, Reply, typeof ConfigurationError | typeof PassingError, string]>([
  ['being deleted', failure('InvalidRequestException'), ConfigurationError, 'secret-being-deleted'],
  ['forbidden', failure('AccessDeniedException'), ConfigurationError, 'access-denied'],
  ['throttled', failure('ThrottlingException'), PassingError, 'secret-unavailable'],
  ['cut off', { drop: true }, PassingError, 'secret-unavailable'],
])('Secrets Manager finds it %s: told in our words', async (_, reply, kind, code) => {
  const vault = await managed(() => reply);
  for (const work of [vault.put('platform', { token: canary }), vault.remove('platform')]) {
    const error = await work.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ code, message: expect.stringContaining('"stack/platform"') });
    expect(error).not.toHaveProperty('cause');
    expect(`${error} ${JSON.stringify(error)}`).not.toContain(canary);
  }
});

test('many writes to the file at once all come through, and it stays its owner’s alone', async () => {
  const { vault, read, file } = await inFile();
  const names = Array.from({ length: 12 }, (_, at) => `p${at % 3}`);
  const fields = ['token', 'password', 'apiKey', 'signingKey'];
  await Promise.all(
    names.map((name, at) => vault.put(name, { [fields[Math.floor(at / 3)] ?? '']: `${at}` })),
  );
  expect(await read('p1')).toEqual({ token: '1', password: '4', apiKey: '7', signingKey: '10' });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await writeFile(file, '{}', { mode: 0o600 });
  await chmod(file, 0o644);
  await expect(vault.put('p1', { token: 'x' })).rejects.toMatchObject({
    code: 'secrets-file-open',
  });
});
