/** Which action sends which field, and in what form: destination, templates and mappings brought together. */
import {
  actionOf,
  type Destination,
  type FieldSettings,
  learnsIds,
  platformId,
  type RequestName,
  requestNames,
  usualField,
} from '../../contracts/destination.ts';
import { InvariantError } from '../words/errors.ts';

/** What a template says of the records it is given. */
export interface TemplateFields {
  /** Fields it names. */
  readonly fields: readonly string[];
  /** Whether it sends whole records, so every field the sync maps. */
  readonly wholeRecords: boolean;
  /** Those of the fields that are sent as something no hash is. */
  readonly unhashable?: readonly string[];
  /** Those without which there is no request of the record, as what stands in a path. */
  readonly essential?: readonly string[];
}

/** By the action whose own configuration it is: where updates use the add configuration, `insert` serves both. */
export type FieldsByAction = Partial<Record<RequestName, TemplateFields>>;

export interface ActionUse {
  readonly action: RequestName;
  /** The action whose configuration it uses. */
  readonly uses: RequestName;
  readonly template: TemplateFields;
  readonly settings: Readonly<Record<string, FieldSettings>>;
  /** Fields it sends of a row, in order of their names. */
  readonly fields: readonly string[];
  /** It names the platform's id, which is no field of a row. */
  readonly namesId: boolean;
}

export interface FieldUse {
  readonly name: string;
  readonly by: readonly { readonly use: ActionUse; readonly settings: FieldSettings }[];
}

/** One entry for each action the destination has, the lookup last. `mapped`: the fields that whole records consist of. */
export function actionUses(
  actions: Destination['actions'],
  templates: FieldsByAction,
  mapped: readonly string[],
): ActionUse[] {
  const isWord = learnsIds(actions);
  return requestNames.flatMap((action) => {
    const resolved = actionOf(actions, action);
    if (!resolved) return [];
    const template = templates[resolved.uses];
    if (!template)
      throw new InvariantError(`The fields of the ${resolved.uses} template are missing.`);
    const names = template.wholeRecords ? [...template.fields, ...mapped] : template.fields;
    const fields = [...new Set(names)].filter((name) => !isWord || name !== platformId).sort();
    const namesId = isWord && template.fields.includes(platformId);
    const { uses, action: configured } = resolved;
    return [{ action, uses, template, settings: configured.fields, fields, namesId }];
  });
}

/** The fields any action sends, in order of their names. */
export function fieldUses(uses: readonly ActionUse[]): FieldUse[] {
  const names = [...new Set(uses.flatMap((use) => use.fields))].sort();
  return names.map((name) => ({
    name,
    by: uses
      .filter((use) => use.fields.includes(name))
      .map((use) => ({ use, settings: settingsOf(use, name) })),
  }));
}

/** What stands in a path is required, whatever else is said of it. */
export function settingsOf({ settings, template }: ActionUse, name: string): FieldSettings {
  const own = (Object.hasOwn(settings, name) ? settings[name] : undefined) ?? usualField;
  return template.essential?.includes(name) ? { ...own, required: true } : own;
}
