/** A sync for those who have none yet: a destination's requests can be looked at without. */
import { actionNames, actionOf, Destination } from '../../shared/contracts/destination.ts';
import type { SampleRow } from '../../shared/contracts/sample.ts';
import { parseTemplate } from '../../shared/domain/template/parse.ts';

/** What its templates ask for; of those that can't be read, nothing. */
interface Asked {
  readonly fields: readonly string[];
  readonly numbers: ReadonlySet<string>;
  readonly connection: readonly string[];
}

function askedBy(destination: unknown): Asked {
  const read = Destination.loose().safeParse({ version: 1, ...Object(destination) });
  const templates = actionNames.flatMap((name) => {
    const configured = read.data && actionOf(read.data.actions, name);
    const parsed = configured && parseTemplate(configured.action.body);
    return parsed?.ok ? [parsed.template] : [];
  });
  return {
    fields: [...new Set(templates.flatMap(({ fields }) => fields))],
    numbers: new Set(templates.flatMap(({ numberFields }) => numberFields)),
    connection: [...new Set(templates.flatMap(({ connection }) => connection))],
  };
}

/** Every field is filled from the column of its name. `connection`: what the destination is given of it. */
export function standInSync(
  destination: unknown,
  rows: readonly SampleRow[],
  connection: SampleRow,
): object {
  const asked = askedBy(destination);
  const columns = [...new Set([...asked.fields, ...rows.flatMap((row) => Object.keys(row))])];
  const { audienceId = 'audience', audienceName = 'Audience', syncId: _, ...own } = connection;
  const unnamed = asked.connection.filter((name) => !ours.has(name) && !Object.hasOwn(own, name));
  return {
    id: 'stand-in',
    name: 'Stand-in',
    destination: 'stand-in',
    audience: { id: String(audienceId), name: String(audienceName) },
    source: { bucket: 'stand-in', prefix: 'stand-in/' },
    key: [columns[0] ?? 'id'],
    mappings: Object.fromEntries(columns.map((column) => [column, { column }])),
    connection: { ...Object.fromEntries(unnamed.map((name) => [name, name])), ...own },
  };
}

const ours = new Set(['audienceId', 'audienceName', 'syncId']);

/** As many as are asked for, of people who are none (RFC 2606 names their domain). */
export function standInRows(destination: unknown, count: number): SampleRow[] {
  const { fields, numbers } = askedBy(destination);
  return Array.from({ length: count }, (_, at) =>
    Object.fromEntries(
      fields.map((name) => [name, numbers.has(name) ? at + 1 : textOf(name, at + 1)]),
    ),
  );
}

const textOf = (field: string, number: number) =>
  /e?mail/i.test(field) ? `person${number}@example.com` : `${field} ${number}`;
