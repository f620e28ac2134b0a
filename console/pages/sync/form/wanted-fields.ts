/** The fields that a destination's templates ask a sync for. */
import type { ActionFields } from '../../../api/schema.d.ts';

export interface Field {
  readonly name: string;
  readonly required: boolean;
  readonly isStatic: boolean;
  readonly hash: string;
}

/** Of all actions; one that needs it makes it needed. */
export function fieldsOf(actions: readonly ActionFields[]): Field[] {
  const found = new Map<string, Field>();
  for (const { name, required, static: isStatic, hash } of actions.flatMap(
    ({ fields }) => fields,
  )) {
    const before = found.get(name);
    found.set(name, {
      name,
      required: required || before?.required === true,
      isStatic: isStatic || before?.isStatic === true,
      hash: hash === 'NONE' ? (before?.hash ?? hash) : hash,
    });
  }
  return [...found.values()].sort((one, other) => Number(other.required) - Number(one.required));
}

/** Mapped, though no template names it. */
export const unasked = (name: string): Field => ({
  name,
  required: false,
  isStatic: false,
  hash: 'NONE',
});
