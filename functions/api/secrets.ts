/** Secret values of destinations: written, dated, removed; shown as dots, and never read. */

import { z } from '@hono/zod-openapi';
import {
  bySecretField,
  type SecretBinding,
  type SecretChanges,
  type SecretSettings,
} from '../../shared/contracts/authentication.ts';
import type { Destination } from '../../shared/contracts/destination.ts';
import { secretNameOf } from '../../shared/domain/platform/authentication.ts';
import { masked } from '../../shared/domain/platform/masked-headers.ts';
import { originsOf } from '../../shared/domain/platform/secret-binding.ts';
import type { SecretDates } from '../../shared/ports/configurations.ts';
import type { Caller } from './asked.ts';
import { audited } from './audited.ts';
import { momentOf } from './moment.ts';
import type { ApiPorts } from './ports.ts';
import { notFound, Refusal } from './problem.ts';
import { asExpected } from './versions.ts';

const SetSecret = z.strictObject({
  value: z.literal(masked),
  setAt: z.iso.datetime(),
});

export const SecretsView = z
  .strictObject(bySecretField(() => SetSecret.optional()))
  .meta({ id: 'Secrets', description: 'The values that were set through the API, and when.' });
export type SecretsView = z.infer<typeof SecretsView>;

const shown = (at: number | undefined) =>
  at === undefined ? undefined : ({ value: masked, setAt: momentOf(at) } as const);

export const secretsView = (dates: SecretDates): SecretsView =>
  bySecretField((field) => shown(dates[field]));

/** Above the longest time a request may take. */
const claimMs = 45_000;

/** Changes what the secret of a destination holds, one caller at a time. */
export async function putSecret(
  ports: ApiPorts,
  caller: Caller,
  destination: Destination,
  { origins, ...changes }: SecretSettings,
): Promise<SecretDates> {
  const secret = secretNameOf(destination);
  return withSecret(ports, secret, async (held) => {
    // It may have been deleted while nobody held the secret: then nobody would take away what is put there now.
    if (!(await ports.configs.getDestination(destination.id))) {
      throw notFound(`destination "${destination.id}"`);
    }
    const boundTo = bindingFor(destination, origins);
    const fields = Object.entries(changes);
    const after = datesAfter(held.dates, changes, ports.clock.now());
    const change = {
      what: 'secret-set',
      kind: 'secret' as const,
      thing: destination.id,
      before: maskedFields(fields.filter(([, value]) => value === null)),
      after: {
        ...maskedFields(fields.filter(([, value]) => typeof value === 'string')),
        boundTo,
      },
    };
    await audited(ports, caller, change, () => ports.vault.put(secret, changes, boundTo));
    held.dates = after;
  });
}

/** @throws Refusal 422 where the destination goes elsewhere: its requests would be refused */
function bindingFor(destination: Destination, origins: string[] | undefined): SecretBinding {
  const now = originsOf(destination);
  const lacking = origins ? now.filter((origin) => !origins.includes(origin)) : [];
  if (lacking.length === 0) return { destination: destination.id, origins: origins ?? now };
  throw new Refusal(422, {
    code: 'secret-origins',
    detail: `The destination "${destination.id}" sends to ${lacking.join(', ')}, which "origins" leaves out. Name it, too, or leave "origins" out.`,
  });
}

/**
 * Removes a destination, and first its secret, if that was set through the API and for no other destination. Who
 * dies in between leaves a destination, which can be removed once more, and never a secret that nobody names.
 */
export async function removeWithSecret(ports: ApiPorts, destination: Destination): Promise<void> {
  const { id, version } = destination;
  const secret = secretNameOf(destination);
  const remove = () => ports.configs.deleteDestination(id, version);
  if (isEmpty(await ports.book.get(secret))) return remove();
  await withSecret(ports, secret, async (held) => {
    const found = await ports.vault.binding(secret);
    if (found && found.boundTo?.destination !== id) return remove();
    asExpected((await ports.configs.getDestination(id)) ?? destination, version);
    await ports.vault.remove(secret);
    held.dates = {};
    await remove();
  });
}

interface HeldSecret {
  /** Of the values that are set by now. */
  dates: SecretDates;
}

export async function withSecret(
  { book, clock, ids }: ApiPorts,
  secret: string,
  work: (held: HeldSecret) => Promise<void>,
): Promise<SecretDates> {
  const claim = { by: ids.next(), until: clock.now() + claimMs };
  const before = await book.claim(secret, claim, clock.now());
  if (!before) {
    throw new Refusal(409, {
      code: 'secret-busy',
      detail: `Somebody else is changing the secret "${secret}" at this moment. Try again in a minute.`,
    });
  }
  const held: HeldSecret = { dates: before };
  try {
    await work(held);
    return held.dates;
  } finally {
    await book.release(secret, claim, held.dates);
  }
}

export const datesAfter = (before: SecretDates, changes: SecretChanges, now: number): SecretDates =>
  bySecretField((field) => {
    const value = changes[field];
    if (value === undefined) return before[field];
    return value === null ? undefined : now;
  });

export const isEmpty = (dates: SecretDates) => Object.values(dates).every((at) => at === undefined);

export const maskedFields = (
  fields: readonly (readonly [string, unknown])[],
): Record<string, string> => Object.fromEntries(fields.map(([field]) => [field, masked]));
