/** What an action says of its requests: the template of its body, and the fields that stand in its path. */
import {
  type Action,
  actionOf,
  type Destination,
  type FieldCast,
  learnsIds,
  platformId,
  type RequestName,
} from '../../contracts/destination.ts';
import { connectionKeys, parsePath, recordFields } from '../platform/path.ts';
import type { TemplateFields } from '../record/uses.ts';
import { parseTemplate, type TemplateResult } from '../template/parse.ts';
import type { Template, TemplateUse } from '../template/template.ts';
import { remembered } from '../words/remembered.ts';
import { connectionOfCall } from './calls.ts';
import { jobId } from './jobs.ts';
import { sessionId } from './sessions.ts';

type Templated = Pick<Action, 'body' | 'bodyKind' | 'batchSize' | 'path'>;

/** A function meets the same few templates with every chunk. */
const parsed = remembered(16, (text): TemplateResult => {
  const { body, use }: { body: string; use: TemplateUse } = JSON.parse(text);
  return parseTemplate(body, use);
});

/** Undefined where its requests have no body. */
export function templateOf(action: Templated): TemplateResult | undefined {
  const { body, bodyKind: kind, batchSize } = action;
  if (kind === 'none') return undefined;
  const isCarried = pathFields(action).length > 0;
  return parsed(JSON.stringify({ body, use: { kind, isSingle: batchSize === 1, isCarried } }));
}

/** The fields that the path takes from records; none of a path that cannot be read. */
export function pathFields({ path }: Pick<Action, 'path'>): readonly string[] {
  const read = parsePath(path);
  return read.ok ? recordFields(read.value) : [];
}

/** What the requests of an action take from records: those in the path are essential, as keys of the body are. */
export function fieldsOfAction(
  action: Templated,
  template: Pick<Template, 'fields' | 'wholeRecords' | 'unhashable' | 'keys'> | undefined,
): TemplateFields {
  const inPath = pathFields(action);
  return {
    fields: [...new Set([...(template?.fields ?? []), ...inPath])],
    wholeRecords: template?.wholeRecords ?? false,
    unhashable: template?.unhashable ?? [],
    essential: [...inPath, ...(template?.keys ?? [])],
  };
}

/** What an action asks its surroundings for. */
export interface AskedByAction {
  readonly uses: RequestName;
  readonly action: Action;
  /** Without the platform's id, where the destination learns it. */
  readonly fields: TemplateFields;
  /** The names it uses on the connection, in body and path. */
  readonly connection: readonly string[];
  /** What its fields are sent as. */
  readonly casts: ReadonlyMap<string, FieldCast>;
}

/** Undefined where the destination lacks it, `unreadable` where its template is. */
export function askedBy(
  actions: Destination['actions'],
  name: RequestName,
): AskedByAction | 'unreadable' | undefined {
  const configured = actionOf(actions, name);
  if (!configured) return undefined;
  const { uses, action } = configured;
  const read = templateOf(action);
  if (read?.ok === false) return 'unreadable';
  const path = parsePath(action.path);
  const inPath = path.ok ? connectionKeys(path.value) : [];
  const said = Object.entries(action.fields).flatMap(([name, { as }]) =>
    as === undefined ? [] : [[name, as] as const],
  );
  const all = fieldsOfAction(action, read?.template);
  const fields = all.fields.filter((field) => field !== platformId || !learnsIds(actions));
  return {
    uses,
    action,
    fields: { ...all, fields },
    connection: [
      ...new Set([...(read?.template.connection ?? []), ...inPath, ...askedByJob(action)]),
    ].filter((name) => name !== sessionId),
    casts: new Map([
      ...(read?.template.casts ?? []).map(({ field, as }) => [field, as] as const),
      ...said,
    ]),
  };
}

/** Beside the job's own id. */
const askedByJob = ({ job }: Pick<Action, 'job'>): readonly string[] =>
  [job?.ask, job?.failures]
    .flatMap((call) => (call ? connectionOfCall(call) : []))
    .filter((name) => name !== jobId);
