/** Which alerts were told, in the table: an item an alert, which goes by itself. */
import { z } from 'zod';
import { Instant } from '../contracts/json.ts';
import { sinceMs } from '../domain/words/clock.ts';
import type { ToldAlerts } from '../ports/world.ts';
import type { Items } from './items.ts';

const Told = z.object({ at: Instant });
const keyOf = (id: string) => ({ pk: 'TOLD', sk: id });
const weekMs = 7 * 86_400_000;

export const createToldAlerts = (items: Items): ToldAlerts => ({
  async has(id, now) {
    const told = await items.getOrDrop(Told, keyOf(id));
    return told !== undefined && sinceMs(told.at, now) < weekMs;
  },
  async add(id, now) {
    await items.put(Told, keyOf(id), { at: now }, { expiresAt: Math.ceil((now + weekMs) / 1_000) });
  },
});
