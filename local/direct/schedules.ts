/**
 * The syncs' schedules in this process. What a sync asks for stands in its configuration; kept beside it is only until
 * when its times were looked at, so that a time that passed while nothing ran is made up for once, and none fires twice.
 */
import { z } from 'zod';
import type { Items } from '../../shared/aws/items.ts';
import { Instant } from '../../shared/contracts/json.ts';
import { Schedule } from '../../shared/contracts/schedule.ts';
import type { Sync } from '../../shared/contracts/sync.ts';
import type { Healed, Schedules } from '../../shared/ports/configurations.ts';
import type { Listed } from '../../shared/ports/listed.ts';
import type { Clock } from '../../shared/ports/world.ts';
import { nextTimes } from '../../shared/schedules/next-times.ts';

/** A time that passed longer ago is not made up for: the next one does all that it would. */
const maximumAgeMs = 900_000;
const tickMs = 1_000;

const cursors = 'SCHEDULES';
/** Times up to `lookedAt` were looked at. */
const Entry = z.strictObject({ schedule: Schedule, lookedAt: Instant });
type Entry = z.infer<typeof Entry>;

export class LocalSchedules implements Schedules {
  readonly #entries = new Map<string, Entry>();
  readonly #items: Items;
  readonly #clock: Pick<Clock, 'now'>;
  #timer: NodeJS.Timeout | undefined;

  constructor(items: Items, clock: Pick<Clock, 'now'>) {
    this.#items = items;
    this.#clock = clock;
  }

  async put(sync: Sync): Promise<void> {
    const now = this.#clock.now();
    if (!sync.enabled) return this.remove(sync.id);
    // Says what is wrong with it before it is taken.
    const isTimed = nextTimes(sync.schedule, now, 1).length > 0;
    if (!isTimed) return this.remove(sync.id);
    const kept = this.#entries.get(sync.id) ?? (await this.#kept(sync.id));
    const isSame = JSON.stringify(kept?.schedule) === JSON.stringify(sync.schedule);
    const lookedAt = isSame && kept ? kept.lookedAt : now;
    this.#entries.set(sync.id, { schedule: sync.schedule, lookedAt });
    await this.#keep(sync.id);
  }

  async remove(sync: string): Promise<void> {
    this.#entries.delete(sync);
    await this.#items.remove({ pk: cursors, sk: sync });
  }

  async heal(syncs: () => Promise<Listed<Sync>>): Promise<Healed> {
    const present = [...this.#entries.keys()];
    const { items, unreadable } = await syncs();
    const there = new Set([...items, ...unreadable].map(({ id }) => id));
    const left = present.filter((id) => !there.has(id));
    for (const id of left) await this.remove(id);
    const errors: unknown[] = [];
    for (const sync of items) await this.put(sync).catch((error: unknown) => errors.push(error));
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} schedules failed.`);
    if (errors.length > 0) throw errors[0];
    return { created: 0, removed: left.length };
  }

  /** Fires what is due from now on. `fire` must not throw. */
  start(failed: (error: unknown) => void, fire: (sync: string) => void): void {
    const next = () => {
      this.#timer = setTimeout(tick, tickMs);
    };
    const tick = () => void this.look(fire).catch(failed).finally(next);
    next();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Fires what is due by now. */
  async look(fire: (sync: string) => void): Promise<void> {
    const now = this.#clock.now();
    for (const [id, entry] of this.#entries) {
      // A clock that was ahead left a cursor in the future: no time is to be waited out for that.
      const from = Math.max(Math.min(entry.lookedAt, now), now - maximumAgeMs);
      const [due] = nextTimes(entry.schedule, from, 1);
      if (due === undefined || due > now) continue;
      entry.lookedAt = now;
      await this.#keep(id);
      fire(id);
    }
  }

  #kept(sync: string): Promise<Entry | undefined> {
    return this.#items.getOrDrop(Entry, { pk: cursors, sk: sync });
  }

  async #keep(sync: string): Promise<void> {
    const entry = this.#entries.get(sync);
    if (entry) await this.#items.put(Entry, { pk: cursors, sk: sync }, entry);
  }
}
