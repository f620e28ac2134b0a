/**
 * By what a platform knows a person: what the delete request names of a record. Two members may have one identity, and
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
  const removing = sent.delete ?? [];
  const named = removing.filter(({ field }) => sync.identity.includes(field));
  if (named.length > 0) return saysTheKey(fieldsOf(fields, named), sync.key) ? [] : named;
  const filled = removing.filter(({ field }) =>
    fields.some(({ name, source }) => name === field && 'column' in source),
  );
  const own = fieldsOf(fields, filled);
  if (saysTheKey(own, sync.key)) return [];
  // A template of whole records picks nothing out: of what it sends, the key says who is meant.
  const isWhole = uses.some(({ action, template }) => action === 'delete' && template.wholeRecords);
  const inFull = own.filter((field) => isKey(field, sync.key));
  return isWhole && saysTheKey(inFull, sync.key) ? [] : filled;
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
