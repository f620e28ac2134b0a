/** Reads one action of a destination: its template, its URL for one sync, and its response rules. */

import type {
  Action,
  ActionName,
  ConnectionValues,
  Destination,
} from '../../contracts/destination.ts';
import { interpolate, parsePath } from '../platform/path.ts';
import { resolveUrl } from '../platform/target.ts';
import { parseRules } from '../response/parse-rule.ts';
import type { ResponseRules } from '../response/rule.ts';
import { parseTemplate } from '../template/parse.ts';
import { compileTemplate } from '../template/render.ts';
import type { Template } from '../template/template.ts';
import { withEmpties } from '../template/when-empty.ts';
import { ConfigurationError } from '../words/errors.ts';
import { type ConfigurationProblem, pathTo } from '../words/problem.ts';
import { remembered } from '../words/remembered.ts';

/** Undefined parts could not be read; `problems` says why. */
export interface ReadAction {
  readonly template: Template | undefined;
  readonly url: string | undefined;
  readonly rules: ResponseRules;
  readonly problems: readonly ConfigurationProblem[];
}

export function readAction(
  name: ActionName,
  action: Action,
  { baseUrl }: Pick<Destination, 'baseUrl'>,
  connection: ConnectionValues,
): ReadAction {
  const place = `destination.actions.${name}`;
  const problems: ConfigurationProblem[] = [];
  return {
    template: readTemplate(place, action, connection, problems),
    url: readUrl(`${place}.path`, baseUrl, action.path, connection, problems),
    rules: readRules(`${place}.responseRules`, action, problems),
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

/** A function meets the same few templates with every chunk. */
const parsedTemplate = remembered(16, parseTemplate);

function readTemplate(
  place: string,
  { body, fields }: Action,
  connection: ConnectionValues,
  problems: ConfigurationProblem[],
): Template | undefined {
  const path = `${place}.body`;
  const parsed = parsedTemplate(body);
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
  const settled = withEmpties(template, fields);
  for (const { field, code, message } of settled.problems) {
    problems.push({ path: pathTo(`${place}.fields`, field), code, message });
  }
  return settled.template;
}

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

function readUrl(
  place: string,
  baseUrl: string,
  source: string,
  connection: ConnectionValues,
  problems: ConfigurationProblem[],
): string | undefined {
  const path = parsePath(source, Object.keys(connection));
  const text = path.ok ? interpolate(path.value, connection) : path;
  if (text.ok) return URL.canParse(baseUrl) ? resolveUrl(baseUrl, text.value) : undefined;
  problems.push(...text.problems.map((problem) => ({ ...problem, path: place })));
  return undefined;
}

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
