/** The system that runs on this machine: its folder says where it listens and holds the token. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { isHeld } from '../../local/aws/folder-lock.ts';
import { isProven } from '../../local/proof.ts';
import { SnapshotDoor } from '../../local/snapshot-door.ts';
import { ConfigurationError, PassingError } from '../../shared/domain/words/errors.ts';
import { type Api, createApi } from './client.ts';

const Endpoint = z.object({ url: z.string(), snapshots: SnapshotDoor });
type Endpoint = z.infer<typeof Endpoint>;
const Tokens = z.object({ write: z.string() });

/** @throws ConfigurationError `not-running`, `folder-unreadable` */
export const connectEmbedded = async (
  folder: string,
  shown: (path: string) => string,
): Promise<Api> => apiAt(await provenEndpoint(folder, shown), shown(folder));

/** @param folder as people are told of it */
export function apiAt({ url, token }: ProvenEndpoint, folder: string): Api {
  const api = createApi(url, async () => ({ authorization: `Bearer ${token}` }), sleep);
  return {
    url,
    async send(request) {
      try {
        return await api.send(request);
      } catch (error) {
        const isGone = error instanceof PassingError && error.code === 'api-unreachable';
        throw isGone ? notRunning(folder) : error;
      }
    },
  };
}

interface ProvenEndpoint extends Endpoint {
  readonly token: string;
}

/**
 * Where the system that runs on a folder serves, and its token. It is believed only while the process that holds the
 * folder's lock lives, and once the server has shown that it knows the folder's token.
 * @throws ConfigurationError `not-running`, `folder-unreadable`
 */
export async function provenEndpoint(
  folder: string,
  shown: (path: string) => string,
): Promise<ProvenEndpoint> {
  const endpoint = await readState(folder, 'endpoint.json', Endpoint, shown);
  const { write: token } = await readState(folder, 'access.json', Tokens, shown);
  if (isHeld(folder) && (await isProven(endpoint.url, token))) return { ...endpoint, token };
  throw notRunning(shown(folder));
}

async function readState<T>(
  folder: string,
  name: string,
  schema: z.ZodType<T>,
  shown: (path: string) => string,
): Promise<T> {
  const file = join(folder, name);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw notRunning(shown(folder));
    }
    throw unreadable(shown(file));
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw unreadable(shown(file));
  }
}

const notRunning = (folder: string) =>
  new ConfigurationError(
    'not-running',
    `Nothing is running on the folder ${folder}. Start it with npm start, name another --folder, or name a deployed system with --stack or --endpoint.`,
  );

const unreadable = (file: string) =>
  new ConfigurationError(
    'folder-unreadable',
    `The file ${file} cannot be read. Run this as the user who started Audience Mirror, or start it anew.`,
  );
