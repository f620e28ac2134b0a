/** Takes people out of tables in memory, which are JSON here: rows, or pairs of a key and its entry. */

import { createHmac } from 'node:crypto';
import { epochOfMirror } from '../../../shared/contracts/layout.ts';
import { noteErased } from '../../../shared/erased.ts';
import type { StateStore, StoreName } from '../../../shared/ports/objects.ts';
import type { ScrubEngine } from '../../../shared/ports/scrub-engine.ts';
import { contentOf } from './tables.ts';

type Table = ([string, object | null] | { readonly key: string | null })[];

export const createMemoryScrubEngine = (
  stores: Readonly<Record<StoreName, StateStore>>,
): ScrubEngine => ({
  async open({ keys, hashKey }) {
    const hashed = hashKey
      ? keys.map((key) => createHmac('sha256', hashKey).update(key).digest('hex'))
      : [];
    const forms = new Set([...keys, ...hashed]);
    const isTheirs = (row: Table[number]) =>
      forms.has((Array.isArray(row) ? row[0] : row.key) ?? '');
    const read = async (store: StoreName, table: string): Promise<Table> => {
      const body = await stores[store].get(table);
      return body ? JSON.parse(Buffer.from(body).toString()) : [];
    };
    return {
      forms,
      async find(store, tables) {
        const found = new Map<string, number>();
        for (const table of tables) {
          const rows = (await read(store, table)).filter(isTheirs).length;
          if (rows > 0) found.set(table, rows);
        }
        return found;
      },
      async remove(store, table) {
        for (;;) {
          const tag = await stores[store].tag(table);
          if (tag === undefined) return;
          const rows = await read(store, table);
          const left =
            store === 'logs'
              ? rows.map((row) => (isTheirs(row) ? { ...row, key: null } : row))
              : rows.filter((row) => !isTheirs(row));
          const body = Buffer.from(JSON.stringify(left));
          if (epochOfMirror(table) !== undefined)
            await noteErased(stores.state, table, contentOf(body));
          if (await stores[store].replace(table, tag, body)) return;
        }
      },
      async close() {},
    };
  },
});
