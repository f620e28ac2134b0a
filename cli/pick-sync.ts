/** The one sync of files that a command is about, with its destination where the files hold that, too. */
import { ConfigurationError } from '../shared/domain/words/errors.ts';
import { loadDocuments } from './files.ts';
import type { Session } from './session.ts';
import type { DestinationEntry, SyncEntry } from './yaml/read.ts';

export interface PickedSync {
  readonly sync: SyncEntry;
  readonly destination: DestinationEntry | undefined;
}

/** @throws FilesRefused, ConfigurationError `sync-missing` */
export async function pickSync(
  session: Session,
  files: readonly string[],
  id: string | undefined,
): Promise<PickedSync> {
  const { syncs, destinations } = await loadDocuments(session, files);
  const found = id === undefined ? syncs : syncs.filter(({ input }) => input.id === id);
  const [sync, another] = found;
  if (!sync || another) {
    const held = syncs.map(({ input }) => input.id).join(', ') || 'none';
    throw new ConfigurationError(
      'sync-missing',
      `It is not clear which sync is meant: the files hold ${held}. Name one of these.`,
    );
  }
  const destination = destinations.find(({ input }) => input.id === sync.input.destination);
  return { sync, destination };
}
