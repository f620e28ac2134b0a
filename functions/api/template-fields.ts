/** The fields that the templates of a destination name, for those who map columns to them. */
import { z } from '@hono/zod-openapi';
import {
  type Destination,
  DestinationInput,
  FieldSettings,
  type RequestName,
  requestNames,
  usualField,
} from '../../shared/contracts/destination.ts';
import { type AskedByAction, askedBy } from '../../shared/domain/request/action-template.ts';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';

const Action = z.enum(['insert', 'update', 'delete', 'lookup']);

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
  requestNames.flatMap((action) => {
    const asked = askedBy(actions, action);
    if (asked !== 'unreadable') return asked ? [fieldsOfAction(action, asked)] : [];
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
    lookup: shape.lookup.safeParse(written['lookup']).data,
  };
  return requestNames.flatMap((action) => {
    const asked = askedBy(actions, action);
    return typeof asked === 'object' ? [fieldsOfAction(action, asked)] : [];
  });
}

function fieldsOfAction(name: RequestName, asked: AskedByAction): ActionFields {
  const { fields, wholeRecords, essential = [] } = asked.fields;
  const settings = new Map(Object.entries(asked.action.fields));
  return {
    action: name,
    uses: asked.uses,
    wholeRecords,
    fields: fields.map((field) => ({
      name: field,
      ...usualField,
      ...settings.get(field),
      ...(essential.includes(field) && { required: true }),
      number: asked.casts.get(field) === 'number',
    })),
    connection: [...asked.connection],
  };
}
