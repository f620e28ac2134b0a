/** The table in SQLite is the table in DynamoDB: the same calls, one after the other, have the same answers. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Condition, ItemKey, Table, TableUpdate } from '../../shared/ports/table.ts';
import { cases } from '../depth.ts';
import fc from '../fast-check.ts';
import { inSqlite, onDynamoDb, type TableWorld } from './tables.ts';

let worlds: readonly TableWorld[];
beforeAll(async () => {
  worlds = [await onDynamoDb(), await inSqlite()];
});
afterAll(async () => {
  for (const world of worlds) await world.close();
});

type Call =
  | { readonly kind: 'get'; readonly sk: string }
  | {
      readonly kind: 'put' | 'remove';
      readonly sk: string;
      readonly condition: Condition | undefined;
      readonly item: object;
    }
  | { readonly kind: 'update'; readonly sk: string; readonly update: TableUpdate }
  | { readonly kind: 'page'; readonly options: object };

const sk = fc.constantFrom('a', 'a#1', 'a#2', 'b', 'ä', '\uffee', '😀');
const value = fc.oneof(
  fc.constantFrom(0, 1, 2, 10, -1, 1.5),
  fc.constantFrom('', 'a', 'b', '10', 'ä', '\uffee', '😀'),
  // Not false: dynalite takes it for no value.
  fc.constant(true),
);
const leaf = fc.oneof(
  value,
  fc.record({ until: fc.constantFrom(1, 2, 3), by: fc.constantFrom('x', 'y') }),
);
const name = fc.constantFrom('one', 'two', 'claim');

const path = fc.constantFrom('#one', '#two', '#claim', '#claim.#until', '#claim.#by', 'pk');
const single = fc.oneof(
  path.map((of) => `attribute_exists(${of})`),
  path.map((of) => `attribute_not_exists(${of})`),
  fc
    .tuple(path, fc.constantFrom('=', '<>', '<', '<=', '>', '>='), fc.constantFrom(':v', ':w'))
    .map((parts) => parts.join(' ')),
  path.map((of) => `${of} IN (:v, :w)`),
  path.map((of) => `${of} BETWEEN :low AND :high`),
);
/** No parentheses but those that are needed: DynamoDB refuses the others. */
const expression = fc.oneof(
  single,
  fc.tuple(single, single, single).map(([a, b, c]) => `${a} AND ${b} OR ${c}`),
  fc.tuple(single, single, single).map(([a, b, c]) => `(${a} OR ${b}) AND ${c}`),
  fc.tuple(single, single).map(([a, b]) => `NOT ${a} AND ${b}`),
  fc.tuple(single, single).map(([a, b]) => `NOT (${a} OR ${b})`),
);

/** Names and values that the expression uses, and no others: DynamoDB refuses those. */
const condition: fc.Arbitrary<Condition | undefined> = fc.option(
  fc.tuple(expression, value, value).map(([when, v, w]) => {
    const used = (each: string) => new RegExp(`${each}\\b`).test(when);
    const names = Object.fromEntries(
      ['one', 'two', 'claim', 'until', 'by']
        .filter((each) => used(`#${each}`))
        .map((each) => [`#${each}`, each]),
    );
    const values = Object.fromEntries(
      [[':v', v] as const, [':w', w] as const, [':low', 0] as const, [':high', 2] as const].filter(
        ([each]) => used(each),
      ),
    );
    return {
      when,
      ...(Object.keys(names).length > 0 && { names }),
      ...(Object.keys(values).length > 0 && { values }),
    };
  }),
  { nil: undefined },
);

const update: fc.Arbitrary<TableUpdate> = fc
  .record({
    set: fc.dictionary(name, leaf, { maxKeys: 2 }),
    count: fc.option(fc.constantFrom(1, 0, -2), { nil: undefined }),
    remove: fc.uniqueArray(fc.constantFrom('gone', 'other'), { maxLength: 2 }),
    condition,
    returns: fc.constantFrom('before' as const, 'after' as const),
  })
  .map(({ count, ...rest }) => ({
    ...rest,
    set: { ...rest.set, always: 1 },
    ...(count !== undefined && { add: { count } }),
  }));

const call: fc.Arbitrary<Call> = fc.oneof(
  fc.record({ kind: fc.constant('get' as const), sk }),
  fc.record({
    kind: fc.constantFrom('put' as const, 'remove' as const),
    sk,
    condition,
    item: fc.dictionary(name, leaf, { maxKeys: 3 }),
  }),
  fc.record({ kind: fc.constant('update' as const), sk, update }),
  fc.record({
    kind: fc.constant('page' as const),
    options: fc
      .record(
        {
          prefix: fc.constantFrom('', 'a', 'a#', 'ä'),
          after: sk,
          newestFirst: fc.boolean(),
          limit: fc.constantFrom(1, 2, 10),
        },
        { requiredKeys: [] },
      )
      // DynamoDB goes on from a place within what is asked for, and from no other.
      .filter(({ prefix = '', after }) => after === undefined || after.startsWith(prefix)),
  }),
);

async function answer(table: Table, pk: string, each: Call): Promise<unknown> {
  switch (each.kind) {
    case 'get':
      return table.get({ pk, sk: each.sk });
    case 'put':
      return table.put({ ...each.item, pk, sk: each.sk }, each.condition);
    case 'remove':
      return table.remove({ pk, sk: each.sk } satisfies ItemKey, each.condition);
    case 'update':
      return table.update({ pk, sk: each.sk }, each.update);
    case 'page':
      return table.page(pk, each.options);
  }
}

test('whatever is asked of it', { timeout: 120_000 }, async () => {
  let partition = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 5, maxLength: 30 }), async (calls) => {
      const pk = `P${++partition}`;
      for (const each of calls) {
        const answers = [];
        for (const { table } of worlds) answers.push(await answer(table, pk, each));
        expect(answers[1], JSON.stringify(each)).toEqual(answers[0]);
      }
    }),
    { numRuns: cases(40, 150) },
  );
});
