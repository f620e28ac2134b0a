/** Reads one action of a destination: its template, its URL for one sync, and its response rules. */

import type {
  Action,
  ConnectionValues,
  Destination,
  RequestName,
} from '../../contracts/destination.ts';
import { type BoundPath, bindPath, parsePath, recordsPath } from '../platform/path.ts';
import { resolveUrl } from '../platform/target.ts';
import type { TemplateFields } from '../record/uses.ts';
import { parseRules } from '../response/parse-rule.ts';
import type { ResponseRules } from '../response/rule.ts';
import { withFieldSettings } from '../template/field-settings.ts';
import { compileTemplate } from '../template/render.ts';
import type { Template } from '../template/template.ts';
import { ConfigurationError } from '../words/errors.ts';
import { type ConfigurationProblem, pathTo } from '../words/problem.ts';
import { fieldsOfAction, templateOf } from './action-template.ts';
import { type CompiledJob, readJob } from './jobs.ts';

export interface ReadAction {
  /** Undefined where it has no body, and where it could not be read. */
  readonly template: Template | undefined;
  /** What it takes from records; undefined where it could not be read: `problems` says why, as of what follows. */
  readonly fields: TemplateFields | undefined;
  readonly path: BoundPath | undefined;
  readonly rules: ResponseRules;
  /** Undefined where it has none. */
  readonly job: CompiledJob | undefined;
  readonly problems: readonly ConfigurationProblem[];
}

export function readAction(
  name: RequestName,
  action: Action,
  destination: Pick<Destination, 'baseUrl' | 'headers'>,
  connection: ConnectionValues,
): ReadAction {
  const place = `destination.actions.${name}`;
  const problems: ConfigurationProblem[] = [];
  const template = readTemplate(place, action, connection, problems);
  const rules = readRules(`${place}.responseRules`, action, problems);
  const isReadable = template !== undefined || action.bodyKind === 'none';
  return {
    template,
    fields: isReadable ? fieldsOfAction(action, template) : undefined,
    path: readPath(`${place}.path`, destination.baseUrl, action, connection, problems),
    rules,
    job: readJob(`${place}.job`, action.job, destination, connection, rules, problems),
    problems,
  };
}

interface Located {
  readonly code: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

const located = (path: string, { code, line, column, message }: Located): ConfigurationProblem => ({
  path,
  code,
  message: `Line ${line}, column ${column}: ${message}`,
  line,
  column,
});

function readTemplate(
  place: string,
  action: Action,
  connection: ConnectionValues,
  problems: ConfigurationProblem[],
): Template | undefined {
  const path = `${place}.body`;
  const parsed = templateOf(action);
  if (parsed === undefined) {
    if (action.body !== '') problems.push({ path, code: 'body-unsent', message: unsentBody });
    return undefined;
  }
  if (!parsed.ok) {
    problems.push(...parsed.problems.map((problem) => located(path, problem)));
    return undefined;
  }
  const { template } = parsed;
  const missing = template.connection.filter((name) => !Object.hasOwn(connection, name));
  for (const name of missing) {
    problems.push({
      path,
      code: 'connection-value-missing',
      message: `The template asks for $$.connection.${name}, which the sync does not give. Add it to the sync's connection values.`,
    });
  }
  const misfit = connectionProblem(template, connection);
  if (misfit) problems.push({ path, code: misfit.code, message: misfit.message });
  const settled = withFieldSettings(template, action.fields);
  for (const { field, code, message } of settled.problems) {
    problems.push({ path: pathTo(`${place}.fields`, field), code, message });
  }
  return settled.template;
}

const unsentBody =
  'The action has a body, and its bodyKind is none, so that it would not be sent. Take out the body, or name what it is written as: json, form or ndjson.';

/** A body without records says whether the connection's values fit. */
function connectionProblem(
  template: Template,
  connection: ConnectionValues,
): ConfigurationError | undefined {
  try {
    compileTemplate(template).render([], connection);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
}

/** A stand-in for a field of a record: like an id, and nothing that a URL would bend. */
const anyField = new Proxy<Record<string, string>>({}, { get: () => 'x' });

function readPath(
  place: string,
  baseUrl: string,
  { path: source, batchSize }: Action,
  connection: ConnectionValues,
  problems: ConfigurationProblem[],
): BoundPath | undefined {
  const path = parsePath(source, Object.keys(connection));
  const bound = path.ok ? bindPath(path.value, connection) : path;
  if (!bound.ok) {
    problems.push(...bound.problems.map((problem) => ({ ...problem, path: place })));
    return undefined;
  }
  const alone = bound.value.find((part) => typeof part !== 'string' && part.of === 'record');
  if (alone !== undefined && batchSize > 1) {
    problems.push({ path: place, code: 'path-record-batch', message: oneRecord });
  }
  if (URL.canParse(baseUrl)) resolveUrl(baseUrl, recordsPath(bound.value, [anyField]));
  return bound.value;
}

const oneRecord =
  'The path names a field of the record, {{record.FIELD}}, so that a request is of one record. Set batchSize to 1; for the values of all records in the query write {{records.FIELD}}.';

function readRules(
  place: string,
  { responseRules }: Action,
  problems: ConfigurationProblem[],
): ResponseRules {
  const read = parseRules(responseRules);
  if (read.ok) return read.rules;
  problems.push(...read.problems.map((problem) => located(`${place}.${problem.rule}`, problem)));
  return {};
}
