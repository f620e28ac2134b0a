/** The embedded system for one command: the one that runs on the folder, or one of our own that ends with us. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type DirectSystem, startDirect } from '../../local/direct/system.ts';
import type { SnapshotDoor } from '../../local/snapshot-door.ts';
import { MirrorError } from '../../shared/domain/words/errors.ts';
import { type Api, createApi, type Send } from '../api/client.ts';
import { apiAt, provenEndpoint } from '../api/embedded.ts';
import type { Session } from '../session.ts';

export interface OneShotSystem {
  readonly api: Api;
  readonly snapshots: SnapshotDoor;
  /** It goes on when we end. */
  readonly isForeign: boolean;
  close(): Promise<void>;
}

/** @throws ConfigurationError `folder-in-use` */
export async function openSystem(session: Session): Promise<OneShotSystem> {
  const running = await runningSystem(session);
  if (running) return running;
  const mirror = await startDirect(session.folder);
  try {
    return await opened(session, mirror);
  } catch (error) {
    await mirror.close();
    throw error;
  }
}

async function runningSystem({ folder, shown }: Session): Promise<OneShotSystem | undefined> {
  try {
    const endpoint = await provenEndpoint(folder, shown);
    const api = apiAt(endpoint, shown(folder));
    return { api, snapshots: endpoint.snapshots, isForeign: true, close: async () => undefined };
  } catch (error) {
    // What an earlier start left behind says nothing; whether the folder is free, its lock tells.
    if (error instanceof MirrorError) return undefined;
    throw error;
  }
}

async function opened({ terminal }: Session, mirror: DirectSystem): Promise<OneShotSystem> {
  await mirror.recover(
    (run) => void terminal.note(`Going on with the run ${run}, which an earlier start left open…`),
  );
  return {
    api: createApi('http://localhost', async () => ({}), sleep, inProcess(mirror)),
    snapshots: mirror.door,
    isForeign: false,
    close: () => mirror.close(),
  };
}

/** Nothing listens for a command that asks itself. */
const inProcess =
  (mirror: DirectSystem): Send =>
  async (url, request) => {
    const answer = await mirror.ask(new Request(url, request));
    return {
      status: answer.status,
      etag: answer.headers.get('etag') ?? undefined,
      text: await answer.text(),
    };
  };
