/** Secret values of destinations: written, dated, removed; shown as dots, and never read. */
import { z } from '@hono/zod-openapi';
import type { SecretChanges, SecretField } from '../../shared/contracts/authentication.ts';
import type { Destination } from '../../shared/contracts/destination.ts';
import { secretNameOf } from '../../shared/domain/authentication.ts';
import { masked } from '../../shared/domain/masked-headers.ts';
import type { SecretDates } from '../../shared/ports.ts';
import type { Caller } from './access.ts';
import { audited } from './audited.ts';
import { momentOf } from './moment.ts';
import type { ApiPorts } from './ports.ts';
import { Refusal } from './problem.ts';

const SetSecret = z.strictObject({
  value: z.literal(masked),
  setAt: z.iso.datetime(),
});

export const SecretsView = z
  .strictObject({
    password: SetSecret.optional(),
    token: SetSecret.optional(),
    apiKey: SetSecret.optional(),
    clientSecret: SetSecret.optional(),
    signingKey: SetSecret.optional(),
  })
  .meta({ id: 'Secrets', description: 'The values that were set through the API, and when.' });
export type SecretsView = z.infer<typeof SecretsView>;

const shown = (at: number | undefined) =>
  at === undefined ? undefined : ({ value: masked, setAt: momentOf(at) } as const);

export function secretsView(dates: SecretDates): SecretsView {
  const [password, token, apiKey, clientSecret, signingKey] = [
    shown(dates.password),
    shown(dates.token),
    shown(dates.apiKey),
    shown(dates.clientSecret),
    shown(dates.signingKey),
  ];
  return {
    ...(password && { password }),
    ...(token && { token }),
    ...(apiKey && { apiKey }),
    ...(clientSecret && { clientSecret }),
    ...(signingKey && { signingKey }),
  };
}

/** Above the longest time a request may take. */
const claimMs = 45_000;

/** Changes what the secret of a destination holds, one caller at a time. */
export async function putSecret(
  ports: ApiPorts,
  caller: Caller,
  destination: Destination,
  changes: SecretChanges,
): Promise<SecretDates> {
  const secret = secretNameOf(destination);
  return withSecret(ports, secret, async (before) => {
    const now = ports.clock.now();
    const fields = Object.entries(changes);
    const after = datesAfter(before, changes, now);
    const change = {
      what: 'secret-set',
      kind: 'secret' as const,
      thing: destination.id,
      before: maskedFields(fields.filter(([, value]) => value === null)),
      after: maskedFields(fields.filter(([, value]) => typeof value === 'string')),
    };
    await audited(ports, caller, change, () => ports.vault.put(secret, changes));
    return after;
  });
}

/** The secret of a deleted destination goes with it, if it was set through the API and no other destination has it. */
export async function removeSecret(
  ports: ApiPorts,
  destination: Destination,
  isShared: (secret: string) => Promise<boolean>,
): Promise<void> {
  const secret = secretNameOf(destination);
  if (isEmpty(await ports.book.get(secret)) || (await isShared(secret))) return;
  await withSecret(ports, secret, async () => {
    await ports.vault.remove(secret);
    return {};
  });
}

async function withSecret(
  { book, clock, ids }: ApiPorts,
  secret: string,
  work: (dates: SecretDates) => Promise<SecretDates>,
): Promise<SecretDates> {
  const claim = { by: ids.next(), until: clock.now() + claimMs };
  const before = await book.claim(secret, claim, clock.now());
  if (!before) {
    throw new Refusal(409, {
      code: 'secret-busy',
      detail: `Somebody else is changing the secret "${secret}" at this moment. Try again in a minute.`,
    });
  }
  let dates = before;
  try {
    dates = await work(before);
    return dates;
  } finally {
    await book.release(secret, claim, dates);
  }
}

function datesAfter(before: SecretDates, changes: SecretChanges, now: number): SecretDates {
  const at = (field: SecretField) => {
    const value = changes[field];
    if (value === undefined) return before[field];
    return value === null ? undefined : now;
  };
  return {
    password: at('password'),
    token: at('token'),
    apiKey: at('apiKey'),
    clientSecret: at('clientSecret'),
    signingKey: at('signingKey'),
  };
}

const isEmpty = (dates: SecretDates) => Object.values(dates).every((at) => at === undefined);

const maskedFields = (fields: readonly (readonly [string, unknown])[]): Record<string, string> =>
  Object.fromEntries(fields.map(([field]) => [field, masked]));
