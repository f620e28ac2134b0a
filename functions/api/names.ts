/** What saving something under its id and name would say, for those who only try. */
import type { Destination, DestinationInput } from '../../shared/contracts/destination.ts';
import type { Sync, SyncInput } from '../../shared/contracts/sync.ts';
import {
  checkConfigurationSize,
  existsAlready,
  nameTaken,
} from '../../shared/domain/settings/configuration.ts';
import type { ApiPorts } from './ports.ts';

/** @throws ConfigurationError `configuration-too-large`, `exists-already`, `name-taken` */
export async function checkNew(
  { configs }: Pick<ApiPorts, 'configs'>,
  kind: 'destination' | 'sync',
  input: DestinationInput | SyncInput,
  before: Destination | Sync | undefined,
): Promise<void> {
  const isSync = kind === 'sync';
  const get = (id: string) => (isSync ? configs.getSync(id) : configs.getDestination(id));
  if (!before && (await get(input.id))) throw existsAlready(input.id);
  await checkName({ configs }, kind, input);
}

/** @throws ConfigurationError `configuration-too-large`, `name-taken` */
export async function checkName(
  { configs }: Pick<ApiPorts, 'configs'>,
  kind: 'destination' | 'sync',
  input: DestinationInput | SyncInput,
): Promise<void> {
  checkConfigurationSize(input);
  const holder = await configs.nameHolder(kind, input.name);
  if (holder !== undefined && holder !== input.id) throw nameTaken(input.name, holder);
}
