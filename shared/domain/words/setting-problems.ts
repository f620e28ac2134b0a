/** What a schema says against a configuration, told like every other problem: place, code, mend; never a value. */

import { z } from 'zod';
import { DestinationInput } from '../../contracts/destination.ts';
import { SyncInput } from '../../contracts/sync.ts';
import { didYouMean } from './near.ts';
import { type ConfigurationProblem, pathTo } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** `place` leads to the whole: `destination`, or empty for a sync, whose settings are named without it. */
export const settingProblems = (place: string, error: z.ZodError): ConfigurationProblem[] =>
  error.issues.flatMap((issue) => problemsOf(issue, place));

function problemsOf(issue: Issue, place: string): ConfigurationProblem[] {
  const path = issue.path.reduce(below, place);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: below(path, key),
      code: 'setting-unknown',
      message: `There is no setting of this name.${didYouMean(key, settingNames())} Take it out, or correct its name.`,
    }));
  }
  const branch = nearestBranch(issue);
  if (branch) return branch.flatMap((each) => problemsOf(each, path));
  return [{ path: path === '' ? 'sync' : path, code: 'setting-invalid', message: worded(issue) }];
}

/** Of destinations and syncs, wherever they stand; read once, when one is asked for. */
let known: ReadonlySet<string> | undefined;

function settingNames(): ReadonlySet<string> {
  known ??= new Set(
    [DestinationInput, SyncInput].flatMap((schema) =>
      namesIn(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })),
    ),
  );
  return known;
}

function namesIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = 'properties' in schema ? Object.keys(Object(schema.properties)) : [];
  return [...own, ...Object.values(schema).flatMap(namesIn)];
}

/** What JSON calls them, as people do. */
const shapes: Readonly<Record<string, string>> = {
  object: 'settings of its own below it',
  record: 'settings of its own below it',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

function worded({ message }: Issue): string {
  if (message.endsWith('received undefined')) return 'This setting is missing. Add it.';
  const [, expected = '', received = ''] =
    /^Invalid input: expected (\w+), received (\w+)$/.exec(message) ?? [];
  const takes = shapes[expected];
  if (takes !== undefined) {
    return `This setting takes ${takes}, and here is ${shapes[received] ?? received}. Correct it.`;
  }
  return `This setting is not as it must be (${message.replace(/^Invalid input: /, '')}). Correct it.`;
}

/** Of a setting with several forms, what the form that fits best says; undefined where the setting has words of its own. */
function nearestBranch(issue: Issue): readonly Issue[] | undefined {
  if (issue.code !== 'invalid_union' || issue.message !== 'Invalid input') return undefined;
  return [...issue.errors].sort((a, b) => a.length - b.length)[0];
}

function below(place: string, step: PropertyKey): string {
  if (typeof step === 'number') return `${place}[${step}]`;
  const path = pathTo(place, String(step));
  return path.startsWith('.') ? path.slice(1) : path;
}
