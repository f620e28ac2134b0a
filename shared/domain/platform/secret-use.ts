/** Whether requests of a destination hold anything of its secret. Where not, they go out as they are composed. */
import { actionNames, actionOf, type Destination } from '../../contracts/destination.ts';
import { hasSecret } from './secret-places.ts';

export const usesSecret = ({ authentication, signature, headers, actions }: Destination): boolean =>
  authentication.type !== 'none' ||
  signature !== undefined ||
  Object.values(headers).some(hasSecret) ||
  actionNames.some((name) => hasSecret(actionOf(actions, name)?.action.path ?? ''));
