/** What the kinds of a body ask of its template beside JSON's own form. */
import type { RefusalCode } from './refusals.ts';
import type { TemplateNode } from './template.ts';

/** `member`: the index of the member at fault; without it, it is the whole body. */
type Refuse = (code: RefusalCode, member?: number) => void;

/** A form is a list of names and texts: no place in it can hold an object. */
export function refuseForm(body: TemplateNode, refuse: Refuse): void {
  if (body.kind !== 'object') {
    refuse('form-not-object');
    return;
  }
  for (const [member, { value }] of body.members.entries()) {
    if (!isFormValue(value)) refuse('form-value', member);
  }
}

function isFormValue(value: TemplateNode): boolean {
  if (value.kind === 'array') return value.items.every(isScalar);
  if (value.kind === 'each') return isScalar(value.item);
  return value.kind === 'join' || isScalar(value);
}

function isScalar(node: TemplateNode): boolean {
  if (node.kind === 'literal') return node.json !== 'null';
  return (
    node.kind === 'field' ||
    node.kind === 'connection' ||
    node.kind === 'cast' ||
    node.kind === 'text'
  );
}

/** One line for each record; of one record, it need not be a list. */
export function refuseLines(body: TemplateNode, isSingle: boolean, refuse: Refuse): void {
  const isList = body.kind === 'each' || body.kind === 'records';
  if (!isList && !(isSingle && body.kind === 'object')) refuse('ndjson-not-list');
}
