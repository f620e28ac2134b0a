/**
 * The book of schedules and groups. Kept in one JSON file that is replaced as a whole, so that a kill at any moment leaves the
 * old one or the new one.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { ConfigurationError } from '../../../shared/domain/words/errors.ts';
import { type Definition, Schedule } from './schedule.ts';
import { conflict, notFound } from './service-error.ts';

const Content = z.object({ groups: z.array(z.string()), schedules: z.array(Schedule) });

export class Book {
  readonly #file: string | undefined;
  readonly #groups = new Set(['default']);
  readonly #schedules = new Map<string, Schedule>();

  /** Kept in memory alone without a file. @throws ConfigurationError `schedules-unreadable` */
  constructor(file?: string) {
    this.#file = file;
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true });
    const { groups, schedules } = load(file);
    for (const group of groups) this.#groups.add(group);
    for (const schedule of schedules) this.#put(schedule);
  }

  /** In order of group and name. */
  all(): Schedule[] {
    return [...this.#schedules.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  hasGroup(group: string): boolean {
    return this.#groups.has(group);
  }

  /** @throws ServiceError ConflictException */
  addGroup(group: string): void {
    if (this.hasGroup(group)) throw conflict(`Schedule group ${group}`);
    this.#groups.add(group);
    this.save();
  }

  /** @throws ServiceError ResourceNotFoundException */
  get(group: string, name: string): Schedule {
    const schedule = this.#schedules.get(keyOf({ group, name }));
    if (schedule === undefined) throw notFound(`Schedule ${name}`);
    return schedule;
  }

  /** Whether it is still the one in the book. */
  has(schedule: Schedule): boolean {
    return this.#schedules.get(keyOf(schedule)) === schedule;
  }

  /** @throws ServiceError ConflictException, ResourceNotFoundException for the group */
  create(group: string, name: string, definition: Definition, now: number): Schedule {
    if (!this.#groups.has(group)) throw notFound(`Schedule group ${group}`);
    if (this.#schedules.has(keyOf({ group, name }))) throw conflict(`Schedule ${name}`);
    const times = { createdAt: now, modifiedAt: now, ...startOf(definition, now) };
    const schedule: Schedule = { name, group, definition, ...times, open: [] };
    this.#put(schedule);
    this.save();
    return schedule;
  }

  /** A rate starts anew if the expression is another; what is open stays open. @throws ServiceError ResourceNotFoundException */
  update(group: string, name: string, definition: Definition, now: number): Schedule {
    const schedule = this.get(group, name);
    const anew = !sameTimes(schedule.definition, definition);
    schedule.cursor = Math.max(schedule.cursor, now);
    if (anew) Object.assign(schedule, startOf(definition, now));
    schedule.definition = definition;
    schedule.modifiedAt = now;
    this.save();
    return schedule;
  }

  /** @throws ServiceError ResourceNotFoundException */
  delete(group: string, name: string): void {
    this.get(group, name);
    this.#schedules.delete(keyOf({ group, name }));
    this.save();
  }

  /** Whether or not there is one, or its group. */
  replace(group: string, name: string, definition: Definition, now: number): void {
    this.#groups.add(group);
    this.#schedules.delete(keyOf({ group, name }));
    this.create(group, name, definition, now);
  }

  /** To be called after a change of a schedule. */
  save(): void {
    if (this.#file === undefined) return;
    const content = { groups: [...this.#groups], schedules: this.all() };
    const next = `${this.#file}.next`;
    writeFileSync(next, JSON.stringify(content, null, 1));
    renameSync(next, this.#file);
  }

  #put(schedule: Schedule): void {
    this.#schedules.set(keyOf(schedule), schedule);
  }
}

function keyOf({ group, name }: Pick<Schedule, 'group' | 'name'>): string {
  return `${group}/${name}`;
}

/** A rate without a start date comes for the first time at once. */
function startOf(definition: Definition, now: number): Pick<Schedule, 'anchor' | 'cursor'> {
  const start = definition.StartDate === undefined ? now : definition.StartDate * 1_000;
  return { anchor: start, cursor: Math.max(start, now) - 1 };
}

function sameTimes(a: Definition, b: Definition): boolean {
  return (
    a.ScheduleExpression === b.ScheduleExpression &&
    a.ScheduleExpressionTimezone === b.ScheduleExpressionTimezone &&
    a.StartDate === b.StartDate
  );
}

function load(file: string): z.infer<typeof Content> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return { groups: [], schedules: [] };
  }
  try {
    return Content.parse(JSON.parse(text));
  } catch (cause) {
    throw new ConfigurationError(
      'schedules-unreadable',
      `The embedded schedules in ${file} can't be read. Delete that file and create them again.`,
      { cause },
    );
  }
}
