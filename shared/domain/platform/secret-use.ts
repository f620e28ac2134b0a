/** Whether requests of a destination hold anything of its secret. Where not, they go out as they are composed. */
import type { Destination } from '../../contracts/destination.ts';
import { hasSecret } from './secret-places.ts';

export const usesSecret = ({ authentication, signature, headers, actions }: Destination): boolean =>
  authentication.type !== 'none' ||
  signature !== undefined ||
  Object.values(headers).some(hasSecret) ||
  pathsIn(actions).some(hasSecret);

/** Of whatever an action asks for, in the course of one and after it. */
function pathsIn(settings: unknown): string[] {
  if (typeof settings !== 'object' || settings === null) return [];
  return Object.entries(settings).flatMap(([name, value]) =>
    name === 'path' && typeof value === 'string' ? [value] : pathsIn(value),
  );
}
