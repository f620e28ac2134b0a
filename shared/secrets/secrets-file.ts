/**
 * The embedded run's secret store: a JSON object of secrets by name, in a file that nobody but its owner may read.
 * Its owner may write it, and so may the API: whole, and in one step.
 */

import { type FileHandle, open, rename } from 'node:fs/promises';
import { z } from 'zod';
import type { SecretValues } from '../contracts/authentication.ts';
import {
  bindingOf,
  changedSecret,
  missingSecret,
  parseJson,
  parseSecret,
} from '../domain/platform/secret-values.ts';
import { ConfigurationError } from '../domain/words/errors.ts';
import type { SecretVault } from '../ports/configurations.ts';

const SecretsFile = z.record(z.string(), z.unknown());

/** @throws ConfigurationError `secret-missing`, `secret-unreadable`, `secrets-file-open` */
export async function readSecretsFile(file: string, name: string): Promise<SecretValues> {
  const text = await readPrivate(file);
  if (text === undefined) {
    throw missingSecret(name, `in the file ${file}, because there is no such file`);
  }
  const found = secretsIn(file, text, name).get(name);
  if (found === undefined) throw missingSecret(name, `in the file ${file}`);
  return parseSecret(name, found);
}

/** By file: whoever writes one waits for whoever wrote before. */
const lastWrites = new Map<string, Promise<void>>();

/**
 * The vault over such a file, made where there is none. One process writes it, by as many of these as it likes.
 * @throws ConfigurationError `secret-unreadable`, `secrets-file-open`, `access-denied`
 */
export function createSecretsFileVault(file: string): SecretVault {
  const change = (secret: string, edit: (secrets: Map<string, unknown>) => void): Promise<void> => {
    const next = (lastWrites.get(file) ?? Promise.resolve()).then(async () => {
      const secrets = secretsIn(file, (await readPrivate(file)) ?? '{}', secret);
      edit(secrets);
      await writePrivate(file, JSON.stringify(Object.fromEntries(secrets), undefined, 2));
    });
    lastWrites.set(
      file,
      next.catch(() => undefined),
    );
    return next;
  };
  return {
    put: (secret, changes, boundTo) =>
      change(secret, (secrets) =>
        secrets.set(secret, changedSecret(secret, secrets.get(secret) ?? {}, changes, boundTo)),
      ),
    async binding(secret) {
      const secrets = secretsIn(file, (await readPrivate(file)) ?? '{}', secret);
      return secrets.has(secret) ? { boundTo: bindingOf(secrets.get(secret)) } : undefined;
    },
    remove: (secret) => change(secret, (secrets) => secrets.delete(secret)),
  };
}

function secretsIn(file: string, text: string, name: string): Map<string, unknown> {
  const secrets = SecretsFile.safeParse(parseJson(text));
  if (secrets.success) return new Map(Object.entries(secrets.data));
  throw new ConfigurationError(
    'secret-unreadable',
    `The file ${file} is no JSON object of secrets by name. Write it as {"${name}": {"token": "…"}}.`,
  );
}

/** Beside it, then in its place: nobody ever reads half of it. */
async function writePrivate(file: string, text: string): Promise<void> {
  const fresh = `${file}.new`;
  const handle = await open(fresh, 'w', 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(`${text}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
}

/** Undefined where there is none. Looked at and read through one handle, so that it is the same file. */
async function readPrivate(file: string): Promise<string | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ConfigurationError(
      'access-denied',
      `The file ${file} can not be opened. Let the user who runs Audience Mirror own and read it.`,
    );
  }
  try {
    await refuseOpenFile(handle, file);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** Where there are no such permissions (Windows), there is nothing to look at. */
async function refuseOpenFile(handle: FileHandle, file: string): Promise<void> {
  const user = process.getuid?.();
  if (user === undefined) return;
  const { mode, uid } = await handle.stat();
  if (uid === user && (mode & 0o077) === 0) return;
  throw new ConfigurationError(
    'secrets-file-open',
    `The file ${file} holds secrets and others than the user who runs Audience Mirror own or can read it, so it was not read. Make it yours alone: chmod 600, and replace the secrets in it if others may have seen them.`,
  );
}
