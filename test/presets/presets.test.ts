/** Each preset can be saved as it is, and what it sends is what its platform takes. */
import { describe, expect, test } from 'vitest';
import { variableOf } from '../../cli/yaml/write.ts';
import written from '../../docs/presets.json' with { type: 'json' };
import { actionNames, DestinationInput, requestNames } from '../../shared/contracts/destination.ts';
import { filledIn, Preset } from '../../shared/contracts/preset.ts';
import type { SampleRow } from '../../shared/contracts/sample.ts';
import { SyncInput } from '../../shared/contracts/sync.ts';
import { askedBy } from '../../shared/domain/request/action-template.ts';
import { preview } from '../../shared/domain/request/preview.ts';
import { recordTools } from '../../shared/records/tools.ts';
import { faultsOf } from './judge.ts';

const presets = written.map((each) => Preset.parse(each));
const tools = { records: recordTools, targets: { allowLoopbackHttp: false } };

/** With the examples of what is to be filled in. */
function filled({ destination, sync, fill }: Preset) {
  const values = new Map(Object.entries(fill).map(([name, { example }]) => [name, example]));
  const text = filledIn(JSON.stringify([destination, sync]), values);
  const [one, other] = JSON.parse(text);
  return { destination: DestinationInput.parse(one), sync: SyncInput.parse(other) };
}

type Filled = ReturnType<typeof filled>;

/** Values as exports have them; what the sync does not name goes unread. */
const value = (column: string, at: number): string =>
  /mail/.test(column)
    ? `person${at}@example.com`
    : /phone/.test(column)
      ? `+1212555${1000 + at}`
      : `v${at}`;

/** All columns, or only those of fields that some action requires. */
function rowsOf({ destination, sync }: Filled, count: number, whole: boolean): SampleRow[] {
  const required = new Set(
    requestNames.flatMap((name) => {
      const action = destination.actions[name];
      if (action === undefined || action === 'insert') return [];
      const inPath = [...action.path.matchAll(/\{\{records?\.(\w+)\}\}/g)].map(
        ([, field = '']) => field,
      );
      const told = Object.entries(action.fields).filter(([, field]) => field.required);
      return [...inPath, ...told.map(([field]) => field)];
    }),
  );
  const columns = Object.entries(sync.mappings).flatMap(([field, mapping]) =>
    'column' in mapping ? [[mapping.column, whole || required.has(field)] as const] : [],
  );
  return Array.from({ length: count }, (_, at) =>
    Object.fromEntries(columns.map(([column, has]) => [column, has ? value(column, at) : null])),
  );
}

const cases = presets.flatMap((preset) => {
  const ready = filled(preset);
  return actionNames.flatMap((action) => {
    const own = ready.destination.actions[action];
    if (own === undefined || own === 'insert') return [];
    return [{ id: preset.id, limit: preset.limit, action, ready, own }];
  });
});

describe.each(cases)('$id: $action', ({ ready, action, own, limit }) => {
  test('holds no more than the platform takes', () => {
    expect(own.batchSize).toBeLessThanOrEqual(limit);
  });

  test.each([
    { records: 1, whole: true },
    { records: 1, whole: false },
    { records: 200, whole: true },
    { records: 200, whole: false },
  ])('$records records, all fields: $whole', ({ records, whole }) => {
    const count = Math.min(records, own.batchSize);
    const rows = rowsOf(ready, count, whole);
    const shown = preview({ ...ready, action, rows, tools });
    if (!shown.ok) throw new Error(JSON.stringify(shown.problems));
    expect(shown.notSent).toEqual([]);
    expect(shown.sent).toHaveLength(count);
    expect(own.bodyKind === 'json' ? JSON.parse(shown.body ?? '') : {}).toBeTypeOf('object');
    expect(faultsOf(shown) ?? []).toEqual([]);
    expect(`${shown.url}${shown.body ?? ''}`).not.toMatch(/<[A-Z]|\{\{|undefined/);
  });
});

test.each(presets)('$id adds and removes, and says what it needs', (preset) => {
  const { destination, sync } = filled(preset);
  expect(destination.actions).toMatchObject({ insert: {}, delete: {} });
  expect(sync.destination).toBe(destination.id);
  expect(destination.id).toBe(preset.id);
});

/** With two, a person who leaves could take along one who stays and shares the second. */
test.each(presets)('$id names people by one field, as it added them', (preset) => {
  const { actions } = filled(preset).destination;
  const fieldsOf = (name: 'insert' | 'delete' | 'lookup') => {
    const asked = askedBy(actions, name);
    return typeof asked === 'object' ? asked.fields.fields : [];
  };
  // Who is removed by the platform's id is named where that is looked up.
  const naming = actions.lookup ? 'lookup' : 'delete';
  const [named = '', ...more] = fieldsOf(naming);
  expect(more).toEqual([]);
  // Who is put into a list by the id as well is looked up by the same.
  if (fieldsOf('insert').length === 0) return;
  expect(fieldsOf('insert')).toContain(named);
  expect(actions[naming]?.fields[named]).toEqual({
    ...actions.insert?.fields[named],
    required: true,
  });
});

test.each(presets)('$id takes its secrets from where `init` says', ({ id, secrets, yaml }) => {
  for (const field of secrets) expect(yaml).toContain(`\${env:${variableOf(id, field)}}`);
});

/** What looks like the right call, and removes more than is meant, or makes people forgotten, silenced or destroyed. */
const harmful = [
  ['Klaviyo unsubscribes people everywhere', /subscription-bulk-delete/],
  ['Microsoft empties the rest', /"ActionType"\s*:\s*"Replace"/],
  ['Google empties the list', /removeAll/],
  [
    'SendGrid forgets identifiers that an update does not name, or deletes everywhere',
    /\/marketing\/contacts/,
  ],
  ['Meta replaces everybody', /usersreplace/],
  ['Snapchat empties the segment', /all_users/],
  ['Iterable unsubscribes from the channel', /"channelUnsubscribe"\s*:\s*true/],
  ['Brevo empties the list, or blocks people', /"all"\s*:\s*true|Blacklist/],
  [
    'Braze destroys profiles, or changes what people agreed to',
    /\/users\/delete|subscription\/status/,
  ],
  ['Mailchimp deletes for ever', /delete-permanent/],
  ['Customer.io destroys or blocks people', /"type"\s*:\s*"person"[^}]*"(delete|suppress)"/],
  ['Resend silences people', /"unsubscribed"\s*:\s*true/],
  ['Zendesk deletes users', /destroy_many/],
] as const;

test.each(harmful)('%s: no preset does it', (_, call) => {
  const users = presets.flatMap(({ id, destination }) => {
    const calls = Object.values(DestinationInput.shape.actions.parse(destination['actions']));
    const text = calls.map((each) => (typeof each === 'object' ? `${each.path} ${each.body}` : ''));
    return call.test(text.join('\n')) ? [id] : [];
  });
  expect(users).toEqual([]);
});
