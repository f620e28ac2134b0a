/**
 * The embedded run's secret store: a JSON object of secrets by name, in a file that nobody but its owner may read.
 * Nothing of ours writes it.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import type { SecretValues } from '../contracts/authentication.ts';
import { ConfigurationError } from '../domain/errors.ts';
import { missingSecret, parseJson, parseSecret } from './values.ts';

const SecretsFile = z.record(z.string(), z.unknown());

/** @throws ConfigurationError `secret-missing`, `secret-unreadable`, `secrets-file-open` */
export async function readSecretsFile(file: string, name: string): Promise<SecretValues> {
  const secrets = SecretsFile.safeParse(parseJson(await readPrivate(file, name)));
  if (!secrets.success) {
    throw new ConfigurationError(
      'secret-unreadable',
      `The file ${file} is no JSON object of secrets by name. Write it as {"${name}": {"token": "…"}}.`,
    );
  }
  const found = new Map(Object.entries(secrets.data)).get(name);
  if (found === undefined) throw missingSecret(name, `in the file ${file}`);
  return parseSecret(name, found);
}

/** Looked at and read through one handle, so that it is the same file. */
async function readPrivate(file: string, name: string): Promise<string> {
  let handle: FileHandle;
  try {
    handle = await open(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw missingSecret(name, `in the file ${file}, because there is no such file`);
    }
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
