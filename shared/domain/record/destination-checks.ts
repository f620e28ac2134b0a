/** What is wrong with the fields of a destination, whatever sync uses it. */

import type { Destination } from '../../contracts/destination.ts';
import { nearest } from '../words/near.ts';
import { type ConfigurationProblem, pathTo } from '../words/problem.ts';
import { forbiddenNames } from './place.ts';
import { type ActionUse, actionUses, type FieldsByAction } from './uses.ts';

export function checkDestinationFields(
  { actions }: Pick<Destination, 'actions'>,
  templates: FieldsByAction,
): ConfigurationProblem[] {
  return actionUses(actions, templates, [])
    .filter((use) => use.action === use.uses)
    .flatMap((use) => [
      ...forbiddenNames(use.template.fields, () => `destination.actions.${use.action}.body`),
      ...unusedSettings(use),
      ...hashedNumbers(use),
    ]);
}

/** A problem and no mere warning: left behind when a field is renamed, its hash would be lost without a sound. */
function unusedSettings({ action, settings, template }: ActionUse): ConfigurationProblem[] {
  if (template.wholeRecords) return [];
  return Object.keys(settings)
    .filter((name) => !template.fields.includes(name))
    .sort()
    .map((name) => ({
      code: 'field-settings-unused',
      path: pathTo(`destination.actions.${action}.fields`, name),
      message: `Field ${name} is configured for ${action}, but the template does not name it.${meant(name, template.fields, settings)} Move its configuration to the field's new name, or take it out.`,
    }));
}

/** A field of the template that nothing is said of, and that is called nearly so. */
function meant(name: string, fields: readonly string[], settings: object): string {
  const near = nearest(
    name,
    fields.filter((each) => !Object.hasOwn(settings, each)),
  );
  return near === undefined ? '' : ` The template has ${near}: did you mean ${name} there?`;
}

function hashedNumbers({ action, settings, template }: ActionUse): ConfigurationProblem[] {
  const isHashed = (name: string): boolean =>
    Object.hasOwn(settings, name) && settings[name]?.hash !== 'NONE';
  return (template.unhashable ?? []).filter(isHashed).map((name) => ({
    code: 'field-hashed-number',
    path: pathTo(`destination.actions.${action}.fields`, name),
    message: `Field ${name} is sent as a number, a boolean or a moment by the ${action} action but is hashed, and a hash is none. Take out $number, $boolean or "as", or the hash.`,
  }));
}
