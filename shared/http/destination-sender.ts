/** The sender of one destination's requests: the guarded one, with what this destination asks for around it. */

import type { Destination } from '../contracts/destination.ts';
import type { HttpSender } from '../ports/world.ts';
import { authenticated } from './authenticated-sender.ts';
import { type AuthenticatorPorts, createAuthenticators } from './authenticator.ts';
import { compressed } from './compressed-sender.ts';

/** A signature is over the body as it is sent: compression comes first. */
export function createDestinationSenders(
  ports: AuthenticatorPorts,
): (destination: Destination) => HttpSender {
  const authenticatorOf = createAuthenticators(ports);
  return (destination) => {
    const { authentication, signature, gzip } = destination;
    const isPlain = authentication.type === 'none' && signature === undefined;
    const sender = isPlain
      ? ports.sender
      : authenticated(ports.sender, authenticatorOf(destination), ports.clock);
    return gzip ? compressed(sender) : sender;
  };
}
