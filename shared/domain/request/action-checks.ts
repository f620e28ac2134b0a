/** What is wrong with the actions of a destination as a whole, and with how they name connection values. */
import {
  type Action,
  actionNames,
  actionOf,
  type Destination,
  learnsIds,
  platformId,
  requestNames,
} from '../../contracts/destination.ts';
import { contentTypes } from '../platform/headers.ts';
import { withSecrets } from '../platform/secret-places.ts';
import { type ConfigurationProblem, pathTo } from '../words/problem.ts';
import { pathFields, templateOf } from './action-template.ts';

type Checked = Pick<Destination, 'actions' | 'headers'>;

export const actionProblems = (destination: Checked): ConfigurationProblem[] => [
  ...missingActions(destination),
  ...idProblems(destination),
  ...mediaTypeProblems(destination),
  ...foreignNotations(destination),
];

function missingActions({ actions }: Checked): ConfigurationProblem[] {
  if (actions.update === 'insert' && !actions.insert) {
    const message =
      'Updates are to use the add configuration, but there is none. Add the action insert, or give update a configuration of its own.';
    return [{ code: 'update-without-insert', path: 'destination.actions.update', message }];
  }
  if (actionNames.some((name) => actionOf(actions, name))) return [];
  const message =
    'The destination has no action, so that nothing could ever be sent. Add insert, update or delete.';
  return [{ code: 'actions-missing', path: 'destination.actions', message }];
}

type Requested = Pick<Action, 'method' | 'path' | 'batchSize' | 'bodyKind' | 'body' | 'fields'>;

/** A GET is sent without its body. */
function namesOf(action: Requested): readonly string[] {
  const read = templateOf(action);
  const inBody = read?.ok && action.method !== 'GET' ? read.template.fields : [];
  return [...pathFields(action), ...inBody];
}

/** Of ids that the destination learns. */
function idProblems({ actions }: Checked): ConfigurationProblem[] {
  if (!learnsIds(actions)) return [];
  // Where people are contacts already, a lookup tells an insert whom to put into the audience.
  const unknowing = actions.lookup ? (['lookup'] as const) : (['insert'] as const);
  const early = unknowing.flatMap((name) => {
    const action = actions[name];
    if (!action || !namesOf(action).includes(platformId)) return [];
    const message = `The ${name} names ${platformId}, which is the platform's id of a record, and is not known before it. Take it out, or call a field of yours otherwise; an insert may name it where the destination has a lookup.`;
    return [{ code: 'platform-id-early', path: `destination.actions.${name}`, message }];
  });
  const hashed = actionNames.flatMap((name) => {
    const action = actions[name];
    if (typeof action !== 'object' || (action.fields[platformId]?.hash ?? 'NONE') === 'NONE')
      return [];
    const path = `destination.actions.${name}.fields.${platformId}`;
    const message = `${platformId} is sent as the platform gave it, and is never hashed. Take out the hash.`;
    return [{ code: 'platform-id-hashed', path, message }];
  });
  return [...early, ...hashed, ...lookupProblems(actions)];
}

/** A lookup that names nobody would find nobody, and who is removed would count as gone. */
function lookupProblems({ lookup }: Checked['actions']): ConfigurationProblem[] {
  if (!lookup) return [];
  const read = templateOf(lookup);
  const isWhole = read?.ok === true && read.template.wholeRecords && lookup.method !== 'GET';
  if (read?.ok === false || isWhole || namesOf(lookup).length > 0) return [];
  const message =
    'The lookup names no field of a record, so that it asks for nobody. Name what the platform finds people by, in the path ({{record.EMAIL}}) or in the body ($$.records.EMAIL).';
  return [{ code: 'lookup-without-records', path: 'destination.actions.lookup', message }];
}

/** Nothing is sent wrong for it. */
export const actionWarnings = (destination: Checked): ConfigurationProblem[] => [
  ...emptyRequests(destination),
  ...idWarnings(destination),
];

function idWarnings({ actions }: Checked): ConfigurationProblem[] {
  const { lookup, insert, update, delete: removal } = actions;
  const byId = [insert, update, removal].filter(
    (action) => typeof action === 'object' && namesOf(action).includes(platformId),
  );
  if (lookup && byId.length === 0) {
    const message = `No action names ${platformId}, so that nobody is looked up. Name it in one of them, or take the lookup out.`;
    return [{ code: 'lookup-unused', path: 'destination.actions.lookup', message }];
  }
  if (lookup || !learnsIds(actions) || !byId.includes(removal)) return [];
  const message =
    'Members are removed by ids that come with the answers to inserts and updates alone: whoever was added without such an answer cannot be removed, and every run tells so. Add a lookup, where the platform has one.';
  return [{ code: 'ids-by-answers', path: 'destination.actions.delete', message }];
}

/** A request that says nothing of a record says the same for whomever it is sent. */
function emptyRequests({ actions }: Checked): ConfigurationProblem[] {
  return actionNames.flatMap((name) => {
    const configured = actionOf(actions, name);
    if (configured?.uses !== name) return [];
    const { action } = configured;
    const hasBody = action.method !== 'GET' && action.bodyKind !== 'none';
    if (hasBody || pathFields(action).length > 0) return [];
    const place = `destination.actions.${name}`;
    return action.method === 'GET'
      ? [{ code: 'get-without-records', path: `${place}.method`, message: emptyGet }]
      : [{ code: 'request-without-records', path: `${place}.bodyKind`, message: emptyRequest }];
  });
}

const emptyGet =
  'A GET request has no body, so nothing of a record is sent, and all of them count as delivered. Use the method that the platform takes members with: POST, PUT, PATCH or DELETE; or name the record in the path.';
const emptyRequest =
  'The request has no body, and its path names no field of the record, so nothing of a record is sent, and all of them count as delivered. Name the record in the path, {{record.ID}}, or give the action a body.';

/** What a header may hold in braces. */
const withoutSecrets = (value: string): string => withSecrets(value, () => '');

/** Actions are written as several kinds of body; a media type must be one of them. */
function mediaTypeProblems({ actions, headers }: Checked): ConfigurationProblem[] {
  const [name, value] =
    Object.entries(headers).find(([header]) => header.toLowerCase() === 'content-type') ?? [];
  if (name === undefined || value === undefined) return [];
  const kinds = requestNames.flatMap((action) => actionOf(actions, action)?.action.bodyKind ?? []);
  const fits = kinds.some((kind) => kind !== 'none' && contentTypes[kind].own.test(value));
  if (fits || kinds.every((kind) => kind === 'none')) return [];
  const message =
    'The header content-type names what no action of the destination is written as. Take it out, or set the bodyKind that is meant.';
  return [{ code: 'media-type-unused', path: pathTo('destination.headers', name), message }];
}

const braces = /\{\{[^{}]*\}\}/;
const dollars = /\$\$\s*\.\s*[A-Za-z_]/;

/** The notations of bodies and of paths are not each other's, and would be sent as they stand. */
function foreignNotations({ actions, headers }: Checked): ConfigurationProblem[] {
  const code = 'placeholder-notation';
  const ofHeaders = Object.entries(headers)
    .filter(([, value]) => braces.test(withoutSecrets(value)) || dollars.test(value))
    .map(([name]) => ({
      code,
      path: pathTo('destination.headers', name),
      message: `The header ${name} holds a placeholder, and headers are sent as they stand, the same for every sync. Write its value out (a value of the secret as {{secret.apiKey}}), or put the value of a sync into the path ({{connection.name}}) or the body ($$.connection.name).`,
    }));
  const ofActions = requestNames.flatMap((name): ConfigurationProblem[] => {
    const configured = actionOf(actions, name);
    if (configured?.uses !== name) return [];
    const { path, body } = configured.action;
    const place = `destination.actions.${name}`;
    return [
      ...(braces.test(body) ? [{ code, path: `${place}.body`, message: inBody }] : []),
      ...(dollars.test(path) ? [{ code, path: `${place}.path`, message: inPath }] : []),
    ];
  });
  return [...ofHeaders, ...ofActions];
}

const inBody =
  'A text of the body holds {{…}}, which is the notation of paths and would be sent as it stands. In a body a connection value is written without quotes: $$.connection.audienceId.';
const inPath =
  'The path holds $$., which is the notation of bodies and would be sent as it stands. In a path a connection value is written {{connection.audienceId}}.';
