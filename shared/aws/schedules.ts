/**
 * EventBridge Scheduler. A schedule is never changed: its name holds a digest of everything that it is, so that the
 * names alone tell which are right, and another setting is another schedule. The new one is made before the old one
 * goes; in between both may fire, and a repeated trigger does no harm.
 */

import { hash } from 'node:crypto';
import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  paginateListSchedules,
  ResourceNotFoundException,
  type SchedulerClient,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import type { StartEvent } from '../contracts/messages.ts';
import type { Sync } from '../contracts/sync.ts';
import { expressionsOf, timeZoneOf } from '../domain/schedule/schedule.ts';
import { ConfigurationError } from '../domain/words/errors.ts';
import type { Healed, Schedules } from '../ports/configurations.ts';
import { storedFormat } from '../stored.ts';

export interface ScheduleSettings {
  readonly group: string;
  /** ARN of start-run. */
  readonly target: string;
  /** ARN of the role in which it is invoked. */
  readonly role: string;
  /** ARN of the queue that takes starts which failed. */
  readonly deadLetters: string;
}

type Definition = Omit<CreateScheduleCommandInput, 'Name' | 'GroupName'>;

/** A trigger that could not be handed over in this time is given up: the next one does all that it would. */
const maximumAgeSeconds = 900;
/** A trigger may come twice, and so may both of two schedules. */
const maximumRetries = 10;

export function createSchedules(client: SchedulerClient, settings: ScheduleSettings): Schedules {
  const { group } = settings;

  async function list(prefix?: string): Promise<string[]> {
    const names: string[] = [];
    const request = { GroupName: group, ...(prefix !== undefined && { NamePrefix: prefix }) };
    for await (const { Schedules = [] } of paginateListSchedules({ client }, request)) {
      names.push(...Schedules.flatMap(({ Name }) => Name ?? []));
    }
    return names;
  }

  /** One schedule's trouble keeps no other from being put right; the errors come together at the end. */
  async function reconcile(present: readonly string[], syncs: readonly Sync[]): Promise<Healed> {
    const errors: unknown[] = [];
    const attempt = async (step: () => unknown) => {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    };
    const wanted = new Map<string, Definition>();
    for (const sync of syncs) {
      await attempt(() => {
        for (const [name, definition] of definitionsOf(sync, settings))
          wanted.set(name, definition);
      });
    }
    const missing = [...wanted].filter(([name]) => !present.includes(name));
    for (const [Name, definition] of missing) {
      await attempt(() => create(client, { ...definition, Name, GroupName: group }));
    }
    const leftOver = present.filter((name) => !wanted.has(name));
    for (const Name of leftOver) await attempt(() => remove(client, { Name, GroupName: group }));
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} schedules failed.`);
    return { created: missing.length, removed: leftOver.length };
  }

  return {
    async put(sync) {
      await reconcile(await list(prefixOf(sync.id)), [sync]);
    },
    async remove(sync) {
      await reconcile(await list(prefixOf(sync)), []);
    },
    async heal(syncs) {
      const present = await list();
      const { items, unreadable } = await syncs();
      const unknown = unreadable.map(({ id }) => prefixOf(id));
      const known = present.filter((name) => !unknown.some((prefix) => name.startsWith(prefix)));
      return reconcile(known, items);
    },
  };
}

/** By name. */
function definitionsOf(sync: Sync, settings: ScheduleSettings): Map<string, Definition> {
  const expressions = sync.enabled ? expressionsOf(sync.schedule) : [];
  return new Map(
    expressions.map((expression) => {
      const definition = definitionOf(sync, expression, settings);
      return [`${prefixOf(sync.id)}${digest(JSON.stringify(definition))}`, definition];
    }),
  );
}

function definitionOf(
  { id, schedule }: Sync,
  expression: string,
  settings: ScheduleSettings,
): Definition {
  const input: Omit<StartEvent, 'task'> = { format: storedFormat, sync: id, trigger: 'schedule' };
  return {
    Description: `Starts the runs of the sync ${id}`,
    ScheduleExpression: expression,
    ScheduleExpressionTimezone: timeZoneOf(schedule),
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: settings.target,
      RoleArn: settings.role,
      Input: JSON.stringify(input),
      DeadLetterConfig: { Arn: settings.deadLetters },
      RetryPolicy: {
        MaximumEventAgeInSeconds: maximumAgeSeconds,
        MaximumRetryAttempts: maximumRetries,
      },
    },
  };
}

const digest = (text: string) => hash('sha256', text).slice(0, 16);

/** What a sync's schedules begin with, and no other's: ids hold neither dots nor underscores. Names end at 64. */
function prefixOf(sync: string): string {
  return sync.length <= 40 ? `${sync}.` : `${sync.slice(0, 24)}_${digest(sync)}.`;
}

/** Who made it meanwhile made the same. */
async function create(client: SchedulerClient, input: CreateScheduleCommandInput): Promise<void> {
  try {
    await client.send(new CreateScheduleCommand(input));
  } catch (error) {
    if (error instanceof ConflictException) return;
    if (!(error instanceof ValidationException)) throw error;
    throw new ConfigurationError(
      'schedule-refused',
      `EventBridge Scheduler does not take ${input.ScheduleExpression} for a schedule, so the sync does not run by itself. Write its times in another way.`,
      { cause: error },
    );
  }
}

async function remove(
  client: SchedulerClient,
  name: { Name: string; GroupName: string },
): Promise<void> {
  try {
    await client.send(new DeleteScheduleCommand(name));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
}
