/** The fields that the templates of a destination name, for those who map columns to them. */
import { z } from '@hono/zod-openapi';
import {
  type ActionName,
  actionNames,
  actionOf,
  type Destination,
  DestinationInput,
  FieldSettings,
  usualField,
} from '../../shared/contracts/destination.ts';
import { askedBy } from '../../shared/domain/request/action-template.ts';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';

const Action = z.enum(['insert', 'update', 'delete']);

export const ActionFields = z
  .strictObject({
    action: Action,
    uses: Action.describe('The action whose configuration it is.'),
    wholeRecords: z.boolean().describe('The template sends every field that a sync maps.'),
    fields: z.array(
      FieldSettings.extend({
        name: z.string(),
        number: z.boolean().describe('It is sent as a number.'),
      }),
    ),
    connection: z
      .array(z.string())
      .describe('Connection values that the template and the path ask for.'),
  })
  .meta({ id: 'ActionFields' });
export type ActionFields = z.infer<typeof ActionFields>;

/** @throws ConfigurationError `template-unreadable` for what an older version saved */
export const fieldsOf = ({ id, actions }: Destination): ActionFields[] =>
  actionNames.flatMap((action) => {
    if (!actionOf(actions, action)) return [];
    const found = fieldsOfAction(actions, action);
    if (found) return [found];
    throw new ConfigurationError(
      'template-unreadable',
      `The ${action} template of the destination "${id}" can not be read. Save the destination once more to see why.`,
    );
  });

/** Of actions that are being written: those that are none yet, or whose template can't be read, are left out. */
export function fieldsWritten(written: Readonly<Record<string, unknown>>): ActionFields[] {
  const { shape } = DestinationInput.shape.actions;
  const actions = {
    insert: shape.insert.safeParse(written['insert']).data,
    update: shape.update.safeParse(written['update']).data,
    delete: shape.delete.safeParse(written['delete']).data,
  };
  return actionNames.flatMap((action) => fieldsOfAction(actions, action) ?? []);
}

/** Undefined: there is no such action, or its template can't be read. */
function fieldsOfAction(
  actions: Destination['actions'],
  action: ActionName,
): ActionFields | undefined {
  const configured = actionOf(actions, action);
  const asked = configured && askedBy(configured.action);
  if (!asked) return undefined;
  const { fields, wholeRecords, essential = [] } = asked.fields;
  const settings = new Map(Object.entries(configured.action.fields));
  return {
    action,
    uses: configured.uses,
    wholeRecords,
    fields: fields.map((name) => ({
      name,
      ...usualField,
      ...settings.get(name),
      ...(essential.includes(name) && { required: true }),
      number: asked.casts.get(name) === 'number',
    })),
    connection: [...asked.connection],
  };
}
