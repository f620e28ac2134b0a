/** The sender of one destination's requests: the guarded one, with what this destination asks for around it. */

import { actionNames, actionOf, type Destination } from '../contracts/destination.ts';
import type { HttpRequest } from '../contracts/http.ts';
import { hasSecret } from '../domain/platform/secret-places.ts';
import type { HttpSender } from '../ports/world.ts';
import { authenticated } from './authenticated-sender.ts';
import { type AuthenticatorPorts, createAuthenticators } from './authenticator.ts';
import { compressed } from './compressed-sender.ts';

/** The same for one who listens to what goes out, credentials and all: to take them out of what is shown. */
export const createHeardSenders =
  (ports: AuthenticatorPorts) =>
  (destination: Destination, heard: (request: HttpRequest) => void): HttpSender =>
    createDestinationSenders({
      ...ports,
      sender: {
        send: (request) => {
          heard(request);
          return ports.sender.send(request);
        },
      },
    })(destination);

/** A signature is over the body as it is sent: compression comes first. */
export function createDestinationSenders(
  ports: AuthenticatorPorts,
): (destination: Destination) => HttpSender {
  const authenticatorOf = createAuthenticators(ports);
  return (destination) => {
    const { gzip } = destination;
    const sender = isPlain(destination)
      ? ports.sender
      : authenticated(ports.sender, authenticatorOf(destination), ports.clock);
    return gzip ? compressed(sender) : sender;
  };
}

/** Whether its requests go out as they are composed. */
const isPlain = ({ authentication, signature, headers, actions }: Destination): boolean =>
  authentication.type === 'none' &&
  signature === undefined &&
  !Object.values(headers).some(hasSecret) &&
  !actionNames.some((name) => hasSecret(actionOf(actions, name)?.action.path ?? ''));
