/** Destinations and syncs as the API keeps them. */
import { z } from 'zod';
import { SecretField, secretFields } from '../../shared/contracts/authentication.ts';
import { DestinationInput } from '../../shared/contracts/destination.ts';
import { SyncInput } from '../../shared/contracts/sync.ts';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import type { Kind } from '../yaml/documents.ts';
import type { PathProblem } from '../yaml/read.ts';
import { type Api, ApiRefusal, type PointedProblem } from './client.ts';
import { pagesOf } from './pages.ts';

export interface Saved<T> {
  readonly input: T;
  /** Names the version that was read. */
  readonly etag: string;
  /** Fields of its secret that are set; a sync has none. */
  readonly secrets: readonly SecretField[];
}

/** One kind of what is kept. */
export interface Resource<T> {
  readonly kind: Kind;
  readonly contract: z.ZodType<T>;
  /** Of its contract: an answer says more, such as status and version. */
  readonly fields: readonly string[];
}

export const destinations: Resource<DestinationInput> = {
  kind: 'destination',
  contract: DestinationInput,
  fields: Object.keys(DestinationInput.shape),
};

export const syncs: Resource<SyncInput> = {
  kind: 'sync',
  contract: SyncInput,
  fields: Object.keys(SyncInput.shape),
};

const pathOf = ({ kind }: Pick<Resource<unknown>, 'kind'>, id?: string) =>
  `/${kind}s${id === undefined ? '' : `/${encodeURIComponent(id)}`}`;

const Answer = z.record(z.string(), z.unknown());
const Page = z.object({ items: z.array(Answer), next: z.string().optional() });

const Version = z.object({ version: z.number() });
const Secrets = z.object({
  secrets: z.partialRecord(SecretField, z.unknown()).default({}),
});

function savedOf<T>(
  { contract, fields }: Resource<T>,
  body: unknown,
  etag: string | undefined,
): Saved<T> {
  const answer = Answer.parse(body);
  const { secrets } = Secrets.parse(answer);
  return {
    input: contract.parse(Object.fromEntries(fields.map((name) => [name, answer[name]]))),
    etag: etag ?? `"${Version.parse(answer).version}"`,
    secrets: secretFields.filter((field) => secrets[field] !== undefined),
  };
}

/** Undefined where there is none. */
export async function readSaved<T>(
  api: Api,
  resource: Resource<T>,
  id: string,
): Promise<Saved<T> | undefined> {
  try {
    const { body, etag } = await api.send({ method: 'GET', path: pathOf(resource, id) });
    return savedOf(resource, body, etag);
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 404) return undefined;
    throw error;
  }
}

export async function* listSaved<T>(api: Api, resource: Resource<T>): AsyncGenerator<Saved<T>> {
  for await (const { items } of pagesOf(api, pathOf(resource), Page, { limit: '100' })) {
    for (const item of items) yield savedOf(resource, item, undefined);
  }
}

/** Words that a change needs which moves the ground under members. */
export interface GroundWords {
  /** The mirror is forgotten, and its members stay at the platform. */
  readonly members?: 'leave' | undefined;
  /** A second sync on one audience. */
  readonly shared?: 'allow' | undefined;
}

/** @throws ConfigurationError `not-found` */
export async function expectSaved<T>(
  api: Api,
  resource: Resource<T>,
  id: string,
): Promise<Saved<T>> {
  const saved = await readSaved(api, resource, id);
  if (saved) return saved;
  throw new ConfigurationError(
    'not-found',
    `There is no ${resource.kind} "${id}". Check its id; audience-mirror export prints all there are.`,
  );
}

const Warnings = z.object({
  warnings: z
    .array(
      z.object({
        pointer: z.string(),
        path: z.string(),
        code: z.string(),
        message: z.string(),
      }),
    )
    .default([]),
});

/**
 * Creates it, or changes the version that the ETag names. Gives what is worth a look.
 * @throws ApiRefusal
 */
export async function save<T extends { readonly id: string }>(
  api: Api,
  resource: Resource<T>,
  body: T,
  etag: string | undefined,
  { members, shared }: GroundWords = {},
): Promise<PathProblem[]> {
  const query = resource.kind === 'sync' ? { members, shared } : {};
  const answer =
    etag === undefined
      ? await api.send({ method: 'POST', path: pathOf(resource), query, body })
      : await api.send({
          method: 'PUT',
          path: pathOf(resource, body.id),
          query,
          body,
          ifMatch: etag,
        });
  return Warnings.parse(answer.body).warnings;
}

/** What saving all of them would say. @throws ApiRefusal with all problems, by their pointers */
export async function validateTogether(
  api: Api,
  body: { readonly destinations: readonly unknown[]; readonly syncs: readonly unknown[] },
  { members, shared }: GroundWords,
): Promise<PointedProblem[]> {
  const query = { members, shared };
  const answer = await api.send({ method: 'POST', path: '/validate', query, body });
  return Warnings.parse(answer.body).warnings;
}

export async function remove(
  api: Api,
  { kind }: Pick<Resource<unknown>, 'kind'>,
  id: string,
  etag: string,
  { members }: GroundWords,
): Promise<void> {
  const query = kind === 'sync' ? { members } : {};
  await api.send({ method: 'DELETE', path: pathOf({ kind }, id), query, ifMatch: etag });
}

/** Gives its new ETag. */
export async function disableSync(api: Api, id: string): Promise<string | undefined> {
  return (await api.send({ method: 'POST', path: `${pathOf(syncs, id)}/disable` })).etag;
}

export async function putSecrets(
  api: Api,
  destination: string,
  values: Readonly<Partial<Record<SecretField, string>>>,
  origins?: readonly string[],
): Promise<void> {
  const path = `${pathOf(destinations, destination)}/secret`;
  await api.send({ method: 'PUT', path, body: { ...values, ...(origins && { origins }) } });
}
