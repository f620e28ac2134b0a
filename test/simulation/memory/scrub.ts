/** Takes people out of tables in memory, which are JSON here: rows, or pairs of a key and its entry. */

import { createHmac } from 'node:crypto';
import { epochOfMirror } from '../../../shared/contracts/layout.ts';
import { isAsWritten, noteErased } from '../../../shared/erased.ts';
import type { StateStore, StoreName } from '../../../shared/ports/objects.ts';
import type { ScrubEngine } from '../../../shared/ports/scrub-engine.ts';
import { contentOf } from './tables.ts';

type Table = ([string, object | null] | { readonly key: string | null })[];

export const createMemoryScrubEngine = (
  stores: Readonly<Record<StoreName, StateStore>>,
): ScrubEngine => ({
  async open({ keys, hashKey, written }) {
    const hashed = hashKey
      ? keys.map((key) => createHmac('sha256', hashKey).update(key).digest('hex'))
      : [];
    const forms = new Set([...keys, ...hashed]);
    const isTheirs = (row: Table[number]) =>
      forms.has((Array.isArray(row) ? row[0] : row.key) ?? '');
    /** Undefined: it can't be read. */
    const read = async (store: StoreName, table: string): Promise<Table | undefined> => {
      const body = await stores[store].get(table);
      if (!body) return [];
      const known = written.get(table);
      if (known && !(await isAsWritten(stores.state, known, contentOf(body)))) return undefined;
      try {
        return JSON.parse(Buffer.from(body).toString());
      } catch {
        return undefined;
      }
    };
    return {
      forms,
      async find(store, tables) {
        const rows = new Map<string, number>();
        const unreadable: string[] = [];
        for (const table of tables) {
          const found = (await read(store, table))?.filter(isTheirs).length;
          if (found === undefined) unreadable.push(table);
          else if (found > 0) rows.set(table, found);
        }
        return { rows, unreadable };
      },
      async remove(store, table) {
        for (;;) {
          const tag = await stores[store].tag(table);
          if (tag === undefined) return 'done';
          const rows = await read(store, table);
          if (!rows) return 'unreadable';
          const left =
            store === 'logs'
              ? rows.map((row) => (isTheirs(row) ? { ...row, key: null } : row))
              : rows.filter((row) => !isTheirs(row));
          const body = Buffer.from(JSON.stringify(left));
          if (epochOfMirror(table) !== undefined)
            await noteErased(stores.state, table, contentOf(body));
          if (await stores[store].replace(table, tag, body)) return 'done';
        }
      },
      async close() {},
    };
  },
});
