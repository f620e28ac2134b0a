/** What applying files would change, and the saving of it. */
import { type SecretField, secretFields } from '../shared/contracts/authentication.ts';
import { DestinationInput } from '../shared/contracts/destination.ts';
import { originsOf } from '../shared/domain/platform/secret-binding.ts';
import type { Api } from './api/client.ts';
import {
  destinations,
  type GroundWords,
  putSecrets,
  type Resource,
  readSaved,
  type Saved,
  save,
  syncs,
} from './api/configurations.ts';
import { type Difference, differences, tellDifference } from './diff.ts';
import { type SecretsToSet, secretsOf } from './secrets.ts';
import type { Session } from './session.ts';
import type { Kind } from './yaml/documents.ts';
import type { DestinationEntry, Documents, PathProblem, SyncEntry } from './yaml/read.ts';

export interface PlannedChange {
  readonly kind: Kind;
  readonly id: string;
  readonly what: 'new' | 'changed' | 'unchanged';
  readonly differences: readonly Difference[];
  /** Fields of the secret that are set. */
  readonly secrets: readonly SecretField[];
  readonly entry: DestinationEntry | SyncEntry;
  /** The version it changes. */
  readonly etag: string | undefined;
  /** Gives what is worth a look. */
  apply(words: GroundWords, etag: string | undefined): Promise<PathProblem[]>;
}

/**
 * Which of the secrets that a file names are set: those that are not yet, these and the ones that the environment
 * gives, or all.
 */
export type SecretsWanted = 'missing' | 'given' | 'all';

/** Destinations first, as syncs name them. */
export async function planChanges(
  session: Session,
  api: Api,
  documents: Pick<Documents, 'destinations' | 'syncs'>,
  wanted: SecretsWanted,
): Promise<PlannedChange[]> {
  const planned: PlannedChange[] = [];
  for (const entry of documents.destinations) {
    const saved = await readSaved(api, destinations, entry.input.id);
    const values = secretsOf(session, entry, (field, isGiven) => {
      const isMissing = !saved?.secrets.includes(field);
      return isMissing || wanted === 'all' || (wanted === 'given' && isGiven);
    });
    planned.push(changeOf(api, destinations, entry, saved, values));
  }
  for (const entry of documents.syncs) {
    planned.push(changeOf(api, syncs, entry, await readSaved(api, syncs, entry.input.id), {}));
  }
  return planned;
}

function changeOf<T extends { readonly id: string }>(
  api: Api,
  resource: Resource<T>,
  entry: (DestinationEntry | SyncEntry) & { readonly input: T },
  saved: Saved<T> | undefined,
  values: SecretsToSet,
): PlannedChange {
  const { input } = entry;
  const { id } = input;
  const found = saved ? differences(saved.input, input) : [];
  const secrets = secretFields.filter((field) => values[field] !== undefined);
  const isSame = saved !== undefined && found.length === 0;
  return {
    kind: resource.kind,
    id,
    what: saved ? (isSame && secrets.length === 0 ? 'unchanged' : 'changed') : 'new',
    differences: found,
    secrets,
    entry,
    etag: saved?.etag,
    async apply(words, etag) {
      const origins = secrets.length > 0 ? movedOrigins(saved?.input, input) : undefined;
      if (origins) await putSecrets(api, id, values, origins);
      const warnings = isSame ? [] : await save(api, resource, input, etag, words);
      if (origins) await putSecrets(api, id, {});
      else if (secrets.length > 0) await putSecrets(api, id, values);
      // What is set right after is not missing.
      return warnings.filter(({ code }) => code !== 'secret-not-set' || secrets.length === 0);
    },
  };
}

/** All origins before and after, where a destination goes elsewhere: its secret has to be for both while it is saved. */
function movedOrigins(before: object | undefined, after: object): string[] | undefined {
  const [was, is] = [before, after].map((each) => DestinationInput.safeParse(each).data);
  if (!was || !is || was.secret !== is.secret) return undefined;
  const known = originsOf(was);
  const fresh = originsOf(is).filter((origin) => !known.includes(origin));
  return fresh.length > 0 ? [...known, ...fresh] : undefined;
}

export function tellChange({ terminal }: Session, change: PlannedChange): string {
  const { kind, id, what, secrets } = change;
  const styles = { new: 'green', changed: 'yellow', unchanged: 'dim' } as const;
  return [
    `${kind} ${terminal.style('bold', id)}: ${terminal.style(styles[what], what)}`,
    ...change.differences.flatMap((each) => tellDifference(terminal, each)),
    ...secrets.map((field) => terminal.style('yellow', `  ~ secretValues.${field}: set`)),
  ].join('\n');
}
