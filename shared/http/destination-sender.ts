/** The sender of one destination's requests: the guarded one, with what this destination asks for around it. */

import type { Destination } from '../contracts/destination.ts';
import type { HttpRequest } from '../contracts/http.ts';
import { usesSecret } from '../domain/platform/secret-use.ts';
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
    const sender = usesSecret(destination)
      ? authenticated(ports.sender, authenticatorOf(destination), ports.clock)
      : ports.sender;
    return gzip ? compressed(sender) : sender;
  };
}
