/** What saving several destinations and syncs would say, each looked at as if all the others were saved. */
import { Destination, type DestinationInput } from '../../shared/contracts/destination.ts';
import { Sync, type SyncInput } from '../../shared/contracts/sync.ts';
import { nameKey } from '../../shared/domain/settings/name-key.ts';
import type { ConfigStore } from '../../shared/ports/configurations.ts';
import type { Words } from './ground.ts';
import { checkName } from './names.ts';
import type { ApiPorts } from './ports.ts';
import { type FieldProblem, refusalOf } from './problem.ts';
import { checkSavedDestination } from './save-destination.ts';
import { checkSync } from './save-sync.ts';

export interface Together {
  readonly destinations: readonly DestinationInput[];
  readonly syncs: readonly SyncInput[];
}

export interface TogetherFound {
  readonly problems: FieldProblem[];
  readonly warnings: FieldProblem[];
}

/** Pointers begin with `/destinations/0`, `/syncs/0` …; paths are those within the thing. */
export async function checkTogether(
  ports: ApiPorts,
  given: Together,
  words: Words,
): Promise<TogetherFound> {
  const found: TogetherFound = { problems: [], warnings: [] };
  const all = { ...ports, configs: overlaid(ports.configs, given) };
  const look = async (place: string, check: () => Promise<readonly FieldProblem[]>) => {
    try {
      found.warnings.push(...(await check()).map(at(place)));
    } catch (error) {
      const { status, details } = refusalOf(error);
      if (status >= 500) throw error;
      const { code, detail, problems } = details;
      const whole = [{ pointer: '', path: '', code, message: detail }];
      found.problems.push(...(problems ?? whole).map(at(place)));
    }
  };
  for (const [index, input] of given.destinations.entries()) {
    await look(`/destinations/${index}`, async () => {
      await checkName(all, 'destination', input);
      const before = await ports.configs.getDestination(input.id);
      return checkSavedDestination(all, input, before);
    });
  }
  for (const [index, input] of given.syncs.entries()) {
    await look(`/syncs/${index}`, async () => {
      await checkName(all, 'sync', input);
      const before = await ports.configs.getSync(input.id);
      return (await checkSync(all, input, before, words)).warnings;
    });
  }
  return found;
}

const at = (place: string) => (problem: FieldProblem) => ({
  ...problem,
  pointer: `${place}${problem.pointer}`,
});

/** The store with these in the place of what is saved under their ids. */
function overlaid(configs: ConfigStore, given: Together): ConfigStore {
  const destinations = given.destinations.map((each) => Destination.parse({ ...each, version: 1 }));
  const syncs = given.syncs.map((each) => Sync.parse({ ...each, version: 1 }));
  const allDestinations = async () => merged(await configs.listDestinations(), destinations);
  const allSyncs = async () => merged(await configs.listSyncs(), syncs);
  return {
    ...configs,
    getDestination: async (id) =>
      destinations.find((each) => each.id === id) ?? (await configs.getDestination(id)),
    getSync: async (id) => syncs.find((each) => each.id === id) ?? (await configs.getSync(id)),
    async nameHolder(kind, name) {
      const own = kind === 'sync' ? syncs : destinations;
      const saved = await configs.nameHolder(kind, name);
      // One that is given, too, bears its new name.
      if (saved !== undefined && !own.some(({ id }) => id === saved)) return saved;
      return own.find((each) => nameKey(each.name) === nameKey(name))?.id;
    },
    listDestinations: allDestinations,
    listSyncs: allSyncs,
    syncsOf: async (destination, audience) => {
      const { items, unreadable } = await allSyncs();
      const isAt = (each: Sync) =>
        each.destination === destination && (audience ?? each.audience.id) === each.audience.id;
      return { unreadable, items: items.filter(isAt) };
    },
    pageDestinations: allDestinations,
    pageSyncs: allSyncs,
  };
}

function merged<T extends { readonly id: string }, L extends { readonly items: readonly T[] }>(
  listed: L,
  given: readonly T[],
): L & { readonly items: readonly T[] } {
  const ids = new Set(given.map(({ id }) => id));
  return { ...listed, items: [...listed.items.filter(({ id }) => !ids.has(id)), ...given] };
}
