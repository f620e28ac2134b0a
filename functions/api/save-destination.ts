/** Saving and removing destinations, with a look at every sync that uses them. */

import { authenticationTypes } from '../../shared/contracts/authentication.ts';
import { Destination, type DestinationInput } from '../../shared/contracts/destination.ts';
import type { Sync } from '../../shared/contracts/sync.ts';
import { secretNameOf } from '../../shared/domain/platform/authentication.ts';
import { bindingFault, originsOf } from '../../shared/domain/platform/secret-binding.ts';
import { usesSecret } from '../../shared/domain/platform/secret-use.ts';
import { actionWarnings } from '../../shared/domain/request/action-checks.ts';
import { checkDelivery } from '../../shared/domain/request/delivery.ts';
import { fairLanes } from '../../shared/domain/run/run.ts';
import {
  changesRequests,
  checkDestination,
  isOfDestination,
} from '../../shared/domain/settings/destination-check.ts';
import type { ConfigurationProblem } from '../../shared/domain/words/problem.ts';
import type { Caller } from './asked.ts';
import { audited, removing, saving } from './audited.ts';
import { alone } from './locks.ts';
import { checkNew } from './names.ts';
import { inDestination, placed, refuseProblems } from './places.ts';
import type { ApiPorts } from './ports.ts';
import { type FieldProblem, Refusal } from './problem.ts';
import { removeWithSecret } from './secrets.ts';

export interface SavedDestination {
  readonly destination: Destination;
  readonly warnings: readonly FieldProblem[];
}

/** Gives the warnings. @throws Refusal 422 */
export async function checkSavedDestination(
  ports: ApiPorts,
  input: DestinationInput,
  before: Destination | undefined,
): Promise<FieldProblem[]> {
  const destination = Destination.parse({ ...input, version: 1 });
  const users = await syncsOf(ports, input.id);
  const problems = placed(checkDestination(destination, ports.tools), inDestination);
  const bound = await bindingProblems(ports, destination);
  const misfits = await allMisfits(ports, destination, before, users);
  refuseProblems([
    ...problems,
    ...misfits.flatMap(({ sync, problem }) => (sync.enabled ? [problem] : [])),
    ...bound.filter(({ code }) => code === 'secret-elsewhere'),
  ]);
  return [
    ...misfits.flatMap(({ sync, problem }) => (sync.enabled ? [] : [problem])),
    ...placed(actionWarnings(destination), inDestination),
    ...bound,
    ...(await secretWarnings(ports, destination)),
    ...(await lanesWarnings(ports, destination)),
    ...(await resendWarnings(ports, destination, before, users)),
  ];
}

const syncsOf = async ({ configs }: ApiPorts, destination: string): Promise<Sync[]> => [
  ...(await configs.syncsOf(destination)).items,
];

/** Checks in one turn of the event loop: others have to be answered, too. */
const checksATurn = 8;

/** What fits is not looked at again where nothing changed that it has to fit. */
async function allMisfits(
  ports: ApiPorts,
  destination: Destination,
  before: Destination | undefined,
  users: readonly Sync[],
) {
  const found: Misfit[] = [];
  const isSame = before !== undefined && fitted(before) === fitted(destination);
  const looked = isSame ? users.filter(({ enabled }) => !enabled) : users;
  const known = new Map<string, readonly ConfigurationProblem[]>();
  let checked = 0;
  for (const sync of looked) {
    const kind = kindOf(sync);
    let problems = known.get(kind);
    if (!problems) {
      if (checked++ % checksATurn === 0) await new Promise((resolve) => setTimeout(resolve));
      problems = misfits(ports, destination, sync);
      known.set(kind, problems);
    }
    found.push(...problems.map((problem) => misfitOf(sync, problem)));
  }
  return found;
}

/** The same for syncs of which a destination says the same: those that differ in where they read, when, and whom they are for. */
function kindOf(sync: Sync): string {
  const { mappings, normalise, hashPersonalData, identity, key, connection, audience, id } = sync;
  const values = [audience.id, audience.name, id].map(valueKind);
  return JSON.stringify([mappings, normalise, hashPersonalData, identity, key, connection, values]);
}

/** Of a value that templates and paths take as it is, its kind; of any other the value. */
function valueKind(value: string): string | number {
  if (/^[1-9]\d{0,14}$/.test(value)) return 0;
  return /^[A-Za-z][\w-]{0,99}$/.test(value) ? 1 : value;
}

/** All of a destination that a sync has to fit. */
const fitted = ({ baseUrl, headers, authentication, actions, ...rest }: Destination): string =>
  JSON.stringify([baseUrl, headers, authentication, actions, rest.signature]);

/** What would be wrong with a sync that uses it. An enabled one keeps it from being saved. */
function misfits({ tools }: ApiPorts, destination: Destination, sync: Sync) {
  const checked = checkDelivery(destination, sync, tools);
  if (checked.ok) return [];
  return checked.problems.filter(
    ({ path, code }) => !isOfDestination(path) || ofConnection.has(code),
  );
}

const misfitOf = (sync: Sync, { path, code, message }: ConfigurationProblem): Misfit => ({
  sync,
  problem: {
    pointer: '',
    path: `syncs.${sync.id}.${path}`,
    code,
    message: `For the sync "${sync.id}": ${message} To change both, disable the sync first, and enable it when both are saved.`,
  },
});

interface Misfit {
  readonly sync: Sync;
  readonly problem: FieldProblem;
}

/** Problems at a place of the destination that only the values of a sync bring about. */
const ofConnection = new Set([
  'connection-value-missing',
  'connection-not-number',
  'path-unknown-value',
  'path-value',
]);

/** Where all send at once, those that find no sender wait for the others. */
async function lanesWarnings(
  { configs, senders }: ApiPorts,
  { id, concurrency }: Destination,
): Promise<FieldProblem[]> {
  if (senders === undefined) return [];
  const { items } = await configs.listDestinations();
  const others = items.filter((other) => other.id !== id);
  const lanes = others.reduce((sum, other) => sum + other.concurrency, concurrency);
  const most = fairLanes(concurrency, senders);
  if (lanes <= senders && most === concurrency) return [];
  const own = most < concurrency ? ` This one gets ${most} of its ${concurrency}.` : '';
  return [
    {
      pointer: '/concurrency',
      path: 'destination.concurrency',
      code: 'lanes-above-senders',
      message: `All destinations together have ${lanes} lanes, and ${senders} requests go at once here, so that a slow destination keeps others waiting.${own} Let more go at once (the deployment's "concurrency"), or lower the concurrency of destinations.`,
    },
  ];
}

/** Whether its secret was set for it, and for where it goes. */
async function bindingProblems(
  { vault }: ApiPorts,
  destination: Destination,
): Promise<FieldProblem[]> {
  if (!usesSecret(destination)) return [];
  const secret = secretNameOf(destination);
  const found = await vault.binding(secret);
  const use = { secret, destination: destination.id, origins: originsOf(destination) };
  const fault = found && bindingFault(found.boundTo, use);
  if (!fault) return [];
  const { code, message } = fault;
  return [{ pointer: '/baseUrl', path: 'destination.baseUrl', code, message }];
}

async function secretWarnings(
  { book }: ApiPorts,
  destination: Destination,
): Promise<FieldProblem[]> {
  const { authentication, signature, id } = destination;
  const field = authenticationTypes[authentication.type].secret;
  const needed = [...(field ? [field] : []), ...(signature ? (['signingKey'] as const) : [])];
  if (needed.length === 0) return [];
  const dates = await book.get(secretNameOf(destination));
  return needed
    .filter((name) => dates[name] === undefined)
    .map((name) => {
      const part = name === 'signingKey' ? 'signature' : 'authentication';
      return {
        pointer: `/${part}`,
        path: `destination.${part}`,
        code: 'secret-not-set',
        message: `The ${name} was not set through the API. Set it with PUT /v1/destinations/${id}/secret, unless it lies in the secret store already.`,
      };
    });
}

/** Members that were sent already are not sent again for a new template: their records are the same. */
async function resendWarnings(
  { runs }: ApiPorts,
  destination: Destination,
  before: Destination | undefined,
  users: readonly Sync[],
): Promise<FieldProblem[]> {
  if (!before || !changesRequests(before, destination)) return [];
  const mirrored = await Promise.all(
    users.map(async ({ id }) => ({ id, members: (await runs.getState(id)).mirror?.members ?? 0 })),
  );
  return mirrored
    .filter(({ members }) => members > 0)
    .map(({ id, members }) => ({
      pointer: '/actions',
      path: 'destination.actions',
      code: 'resend-offered',
      message: `The requests look different now, and the ${members} members of the sync "${id}" keep what they were sent until they change. To send all of them again, start a run with {"full": true}.`,
    }));
}

/** `replaces`: whatever is there, as it can't be read. */
export const saveDestination = (
  ports: ApiPorts,
  caller: Caller,
  input: DestinationInput,
  before: Destination | undefined,
  replaces = false,
): Promise<SavedDestination> =>
  alone(ports, caller, input.id, async () => {
    const warnings = await checkSavedDestination(ports, input, before);
    if (caller.onlyTries && !replaces) await checkNew(ports, 'destination', input, before);
    const change = { ...saving('destination', input, before), warnings };
    const destination = await audited(ports, caller, change, () =>
      ports.configs.putDestination(input, replaces ? undefined : (before?.version ?? 0)),
    );
    return { destination, warnings };
  });

/** @throws Refusal 409 `destination-used`; ConfigurationError `version-outdated` */
export const removeDestination = (
  ports: ApiPorts,
  caller: Caller,
  before: Destination,
): Promise<void> =>
  alone(ports, caller, before.id, async () => {
    await checkUnused(ports, before.id);
    await audited(ports, caller, removing('destination', before), () =>
      removeWithSecret(ports, before),
    );
  });

/** @throws Refusal 409 `destination-used` */
export async function checkUnused(ports: ApiPorts, id: string): Promise<void> {
  const users = await syncsOf(ports, id);
  if (users.length > 0) throw used(id, users);
}

const used = (id: string, syncs: readonly Sync[]) =>
  new Refusal(409, {
    code: 'destination-used',
    detail: `The destination "${id}" is used by ${syncs.map((sync) => `"${sync.id}" (${sync.name})`).join(', ')}. Delete them first, or let them use another.`,
  });
