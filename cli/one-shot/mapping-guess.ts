/** Which column fills which field of a destination's templates, guessed by their names. */
import { type DestinationInput, requestNames } from '../../shared/contracts/destination.ts';
import { askedBy } from '../../shared/domain/request/action-template.ts';
import { fieldOf } from '../yaml/starter.ts';

/** `First name`, `first_name`, `firstName` and `FIRST_NAME` are one name. */
const bare = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');

/** Field → column, for each field that exactly one column is called like. */
export function guessMappings(
  destination: Pick<DestinationInput, 'actions'>,
  columns: readonly string[],
): Record<string, string> {
  const { fields, wholeRecords } = fieldsOf(destination);
  const found = fields.flatMap((field) => {
    const column = columnFor(field, columns);
    return column === undefined ? [] : [[field, column] as const];
  });
  // A template that sends whole records sends whatever is mapped.
  const taken = new Set(found.map(([, column]) => column));
  const others = wholeRecords ? columns.filter((column) => !taken.has(column)) : [];
  return Object.fromEntries([...found, ...others.map((column) => [fieldOf(column), column])]);
}

function columnFor(field: string, columns: readonly string[]): string | undefined {
  if (columns.includes(field)) return field;
  const alike = columns.filter((column) => bare(column) === bare(field));
  return alike.length === 1 ? alike[0] : undefined;
}

/** All that the templates name; what cannot be read is told by the checks. */
function fieldsOf({ actions }: Pick<DestinationInput, 'actions'>) {
  const templates = requestNames.flatMap((name) => {
    const asked = askedBy(actions, name);
    return typeof asked === 'object' ? [asked.fields] : [];
  });
  return {
    fields: [...new Set(templates.flatMap((template) => template.fields))],
    wholeRecords: templates.some((template) => template.wholeRecords),
  };
}
