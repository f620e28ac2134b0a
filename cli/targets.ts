/** Where destinations of files may point, as far as it can be known here: a deployed system judges by its own settings at save. */
import { env } from '../shared/contracts/wiring.ts';
import { hostsOf, type TargetPolicy } from '../shared/domain/platform/target.ts';
import type { Session } from './session.ts';

export const targetsOf = ({ isEmbedded, world }: Session): TargetPolicy => ({
  allowLoopbackHttp: isEmbedded,
  privateHosts: hostsOf(world.env[env.privateHosts]),
});
