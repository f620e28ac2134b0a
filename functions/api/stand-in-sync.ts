/** A sync for those who have none yet: a destination's requests can be looked at without. */
import { Destination, type FieldCast, requestNames } from '../../shared/contracts/destination.ts';
import type { SampleRow } from '../../shared/contracts/sample.ts';
import { askedBy } from '../../shared/domain/request/action-template.ts';
import { askedBySessions } from '../../shared/domain/request/sessions.ts';

/** What its actions ask for; of those that can't be read, nothing. */
interface Asked {
  readonly fields: readonly string[];
  readonly casts: ReadonlyMap<string, FieldCast>;
  readonly connection: readonly string[];
}

function askedByAll(destination: unknown): Asked {
  const read = Destination.loose().safeParse({ version: 1, ...Object(destination) });
  const asked = requestNames.flatMap((name) => {
    const each = read.data && askedBy(read.data.actions, name);
    return typeof each === 'object' ? [each] : [];
  });
  return {
    fields: [...new Set(asked.flatMap(({ fields }) => fields.fields))],
    casts: new Map(asked.flatMap(({ casts }) => [...casts])),
    connection: [
      ...new Set([
        ...asked.flatMap(({ connection }) => connection),
        ...(read.data ? askedBySessions(read.data) : []),
      ]),
    ],
  };
}

/** Every field is filled from the column of its name. `connection`: what the destination is given of it. */
export function standInSync(
  destination: unknown,
  rows: readonly SampleRow[],
  connection: SampleRow,
): object {
  const asked = askedByAll(destination);
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

const ours = new Set(['audienceId', 'audienceName', 'syncId', 'sessionId']);

/** As many as are asked for, of people who are none (RFC 2606 names their domain). */
export function standInRows(destination: unknown, count: number): SampleRow[] {
  const { fields, casts } = askedByAll(destination);
  return Array.from({ length: count }, (_, at) =>
    Object.fromEntries(fields.map((name) => [name, sampleOf(name, casts.get(name), at + 1)])),
  );
}

function sampleOf(field: string, as: FieldCast | undefined, number: number): SampleRow[string] {
  switch (as) {
    case 'number':
      return number;
    case 'boolean':
      return true;
    case 'date':
    case 'epochSeconds':
    case 'epochMillis':
      return `2026-01-${String((number % 28) + 1).padStart(2, '0')}`;
    default:
      return textOf(field, number);
  }
}

const textOf = (field: string, number: number) =>
  /e?mail/i.test(field) ? `person${number}@example.com` : `${field} ${number}`;
