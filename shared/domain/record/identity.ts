/**
 * By what a platform knows a person: what the delete request names of a record, or, where it names the platform's id, what
 * that is looked up by. Two members may have one identity, and
 * a member may change theirs; a delete of one that somebody who stays has would take them away with it.
 */

import type { Sync } from '../../contracts/sync.ts';
import type { SentField } from '../template/render-texts.ts';
import type { Layout, RecordField } from './layout.ts';
import type { ActionUse } from './uses.ts';

/**
 * The fields of a record's identity, in the form a delete sends: those the sync names, else all that the delete's
 * template names and a column fills. None where they say exactly what the key says: then no two members can share an
 * identity and none can change theirs, so that nothing need be computed.
 */
export function identityOf(
  { fields, sent }: Layout,
  uses: readonly ActionUse[],
  sync: Pick<Sync, 'identity' | 'key'>,
): readonly SentField[] {
  const removing = removedBy(sent, uses);
  const named = namedBy(sent, uses).filter(({ field }) => sync.identity.includes(field));
  if (named.length > 0) return saysTheKey(fieldsOf(fields, named), sync.key) ? [] : named;
  const filled = removing.filter(({ field }) =>
    fields.some(({ name, source }) => name === field && 'column' in source),
  );
  const own = fieldsOf(fields, filled);
  if (saysTheKey(own, sync.key)) return [];
  // A template of whole records picks nothing out: of what it sends, the key says who is meant.
  const isWhole = uses.some(
    ({ action, template, namesId }) => action === 'delete' && template.wholeRecords && !namesId,
  );
  const inFull = own.filter((field) => isKey(field, sync.key));
  return isWhole && saysTheKey(inFull, sync.key) ? [] : filled;
}

/** What a delete names of a record; where that is the platform's id, what the lookup names. */
export function removedBy(sent: Layout['sent'], uses: readonly ActionUse[]): readonly SentField[] {
  const byId = uses.some(({ action, namesId }) => action === 'delete' && namesId);
  return (byId ? sent.lookup : sent.delete) ?? [];
}

/** What a sync may name as its identity: of ids that come with answers, a field of an insert can tell as well whose they are. */
function namedBy(sent: Layout['sent'], uses: readonly ActionUse[]): readonly SentField[] {
  return isByAnswers(uses) ? (sent.insert ?? []) : removedBy(sent, uses);
}

/** A delete names the platform's id, and no lookup tells it. */
const isByAnswers = (uses: readonly ActionUse[]): boolean =>
  uses.some(({ action, namesId }) => action === 'delete' && namesId) &&
  !uses.some(({ action }) => action === 'lookup');

/** The fields that a sync may name as its identity; undefined: the destination has no delete. */
export function identifying(uses: readonly ActionUse[]): readonly string[] | undefined {
  const removal = uses.find(({ action }) => action === 'delete');
  if (!removal?.namesId) return removal?.fields;
  const telling = isByAnswers(uses) ? 'insert' : 'lookup';
  return uses.find(({ action }) => action === telling)?.fields ?? [];
}

const fieldsOf = (
  fields: readonly RecordField[],
  sent: readonly SentField[],
): readonly RecordField[] => fields.filter(({ name }) => sent.some(({ field }) => field === name));

/** Hashing keeps values apart; normalising brings several into one. */
const isKey = ({ source, rules }: RecordField, key: readonly string[]): boolean =>
  'column' in source && rules.length === 0 && key.includes(source.column);

const saysTheKey = (fields: readonly RecordField[], key: readonly string[]): boolean =>
  fields.every((field) => isKey(field, key)) &&
  key.every((column) =>
    fields.some(({ source }) => 'column' in source && source.column === column),
  );
