/**
 * A secret belongs to where it was set for: one destination, and the origins that its values may go to. Who may change a
 * destination can so not have the values of another sent elsewhere, nor its own to an origin nobody gave them for.
 */
import type { SecretBinding } from '../../contracts/authentication.ts';
import type { Destination } from '../../contracts/destination.ts';
import { ConfigurationError } from '../words/errors.ts';

/** All that values of its secret go to: those of the base URL and the token URL; none of what is no URL. */
export function originsOf({
  baseUrl,
  authentication,
}: Pick<Destination, 'baseUrl' | 'authentication'>): string[] {
  const urls = authentication.type === 'oauth2' ? [baseUrl, authentication.tokenUrl] : [baseUrl];
  return [...new Set(urls.flatMap((url) => URL.parse(url)?.origin ?? []))];
}

export interface SecretUse {
  /** Name of the secret. */
  readonly secret: string;
  /** Id of the destination that uses it. */
  readonly destination: string;
  /** Where its values go. */
  readonly origins: readonly string[];
}

/** Why the secret is not for this use; undefined where it is. */
export function bindingFault(
  binding: SecretBinding | undefined,
  { secret, destination, origins }: SecretUse,
): ConfigurationError | undefined {
  if (binding === undefined) return unbound(secret, destination, origins);
  if (binding.destination !== destination) {
    return elsewhere(
      `The secret "${secret}" was set for another destination than "${destination}".`,
      destination,
    );
  }
  const foreign = origins.filter((origin) => !binding.origins.includes(origin));
  if (foreign.length === 0) return undefined;
  return elsewhere(
    `The secret "${secret}" was set for ${binding.origins.join(', ')}, and not for ${foreign.join(', ')}.`,
    destination,
  );
}

const elsewhere = (what: string, destination: string) =>
  new ConfigurationError(
    'secret-elsewhere',
    `${what} Its values go nowhere else until all of them are given again: PUT /v1/destinations/${destination}/secret with the new "origins", or let the destination name a secret of its own.`,
  );

const unbound = (secret: string, destination: string, origins: readonly string[]) =>
  new ConfigurationError(
    'secret-unbound',
    `The secret "${secret}" does not say whom it is for, so nobody gets it. Set its values with PUT /v1/destinations/${destination}/secret; or, where it was stored by hand, add "boundTo": ${JSON.stringify({ destination, origins })} to it.`,
  );

/** Whether what was given for the one may go wherever the other says. */
export const isWithin = (narrower: SecretBinding, wider: SecretBinding | undefined): boolean =>
  wider?.destination === narrower.destination &&
  narrower.origins.every((origin) => wider.origins.includes(origin));
