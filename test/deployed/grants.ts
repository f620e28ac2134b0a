/** What each function's role may do and what the function is told, by the synthesised template, and what of it was used. */
import { z } from 'zod';
import { type FunctionName, functionNames } from '../../shared/contracts/wiring.ts';
import { read } from '../cdk/synthesised.ts';

const texts = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const Statement = z.strictObject({ Effect: z.literal('Allow'), Action: texts, Resource: texts });
const Policy = z.object({
  PolicyDocument: z.object({ Statement: z.array(Statement) }),
  Roles: z.array(z.string()),
});
const Lambda = z.object({
  Description: z.string(),
  Role: z.string(),
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
});

/** One action on one resource, or on those that a pattern with `*` names. References read as `<Storage/State>`. */
export interface Grant {
  readonly action: string;
  readonly resource: string;
}

export interface Deployed {
  readonly grants: readonly Grant[];
  /** The template's. */
  readonly variables: Readonly<Record<string, string>>;
}

export function deployedOf(template: unknown): ReadonlyMap<FunctionName, Deployed> {
  const { all } = read(template);
  const policies = [...all('AWS::IAM::Policy').values()].map(({ properties }) =>
    Policy.parse(properties),
  );
  const lambdas = [...all('AWS::Lambda::Function').values()].map(({ properties }) =>
    Lambda.parse(properties),
  );
  return new Map(
    functionNames.map((name) => {
      const { Role, Environment } = one(
        lambdas,
        ({ Description }) => Description === `Audience Mirror: ${name}`,
      );
      const statements = policies
        .filter(({ Roles }) => Roles.includes(Role))
        .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
      const grants = withoutRepeats(
        statements.flatMap(({ Action, Resource }) =>
          Action.flatMap((action) => Resource.map((resource) => ({ action, resource }))),
        ),
      );
      return [name, { grants, variables: Environment.Variables }];
    }),
  );
}

const withoutRepeats = (grants: readonly Grant[]): Grant[] => [
  ...new Map(grants.map((grant) => [`${grant.action} ${grant.resource}`, grant])).values(),
];

function one<T>(values: readonly T[], is: (value: T) => boolean): T {
  const found = values.find(is);
  if (found === undefined) throw new Error('The template lacks a function.');
  return found;
}

const literally = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** `*` stands for any text. */
export const matches = (pattern: string, resource: string): boolean =>
  new RegExp(`^${pattern.split('*').map(literally).join('.*')}$`, 's').test(resource);

/** Who did what without a right, and which rights nobody needed. */
export class Judge {
  readonly denied = new Set<string>();
  readonly #functions: ReadonlyMap<FunctionName, Deployed>;
  readonly #used = new Set<Grant>();

  constructor(functions: ReadonlyMap<FunctionName, Deployed>) {
    this.#functions = functions;
  }

  /** Notes the use. */
  allows(name: FunctionName, { action, resource }: Grant): boolean {
    const grants = this.#functions.get(name)?.grants ?? [];
    const given = grants.filter(
      (grant) => grant.action === action && matches(grant.resource, resource),
    );
    for (const grant of given) this.#used.add(grant);
    if (given.length === 0) this.denied.add(`${name}: ${action} on ${resource}`);
    return given.length > 0;
  }

  /** Of all rights. */
  get count(): number {
    return [...this.#functions.values()].reduce((sum, { grants }) => sum + grants.length, 0);
  }

  unused(): string[] {
    return [...this.#functions].flatMap(([name, { grants }]) =>
      grants
        .filter((grant) => !this.#used.has(grant))
        .map(({ action, resource }) => `${name}: ${action} on ${resource}`),
    );
  }
}
