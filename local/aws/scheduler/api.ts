/** The calls of EventBridge Scheduler that this product makes, in the service's REST form; anything else is 501. */
import { randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import type { Book } from './book.ts';
import { groupArn, parseInput, parseName, type Schedule, scheduleArn } from './schedule.ts';
import { invalid, notImplemented, ServiceError } from './service-error.ts';

export interface ApiOptions {
  readonly book: Book;
  readonly now: () => number;
  /** Called after each change of the book. */
  readonly changed: () => void;
}

const listedAtMost = 100;

export function schedulerApi({ book, now, changed }: ApiOptions): Hono {
  const app = new Hono();

  app.post('/schedules/:name', async (context) => {
    const name = parseName(context.req.param('name'));
    const { group, definition } = parseInput(await bodyOf(context));
    const schedule = book.create(group, name, definition, now());
    changed();
    return context.json({ ScheduleArn: scheduleArn(schedule) });
  });

  app.put('/schedules/:name', async (context) => {
    const { group, definition } = parseInput(await bodyOf(context));
    const schedule = book.update(group, context.req.param('name'), definition, now());
    changed();
    return context.json({ ScheduleArn: scheduleArn(schedule) });
  });

  app.get('/schedules/:name', (context) =>
    context.json(description(book.get(groupOf(context), context.req.param('name')))),
  );

  app.delete('/schedules/:name', (context) => {
    book.delete(groupOf(context), context.req.param('name'));
    changed();
    return context.json({});
  });

  app.get('/schedules', (context) => context.json(list(book.all(), context.req.query())));

  app.post('/schedule-groups/:name', (context) => {
    const group = parseName(context.req.param('name'));
    book.addGroup(group);
    return context.json({ ScheduleGroupArn: groupArn(group) });
  });

  app.notFound(({ req }) => refuse(notImplemented(`${req.method} ${req.path}`)));
  app.onError((error) =>
    refuse(
      error instanceof ServiceError
        ? error
        : new ServiceError(500, 'InternalServerException', error.message),
    ),
  );
  return app;
}

function refuse({ type, status, message }: ServiceError): Response {
  return Response.json(
    { Message: message },
    { status, headers: { 'x-amzn-errortype': type, 'x-amzn-requestid': randomUUID() } },
  );
}

async function bodyOf(context: Context): Promise<unknown> {
  try {
    return await context.req.json();
  } catch {
    throw invalid('The body is not JSON');
  }
}

function groupOf(context: Context): string {
  return context.req.query('groupName') ?? 'default';
}

/** Times in epoch seconds, as the service has them. */
function description(schedule: Schedule): object {
  return {
    ...schedule.definition,
    Arn: scheduleArn(schedule),
    Name: schedule.name,
    GroupName: schedule.group,
    CreationDate: schedule.createdAt / 1_000,
    LastModificationDate: schedule.modifiedAt / 1_000,
  };
}

function list(schedules: readonly Schedule[], query: Readonly<Record<string, string>>): object {
  const { ScheduleGroup: group, NamePrefix: prefix, State: state } = query;
  const { NextToken: after, MaxResults: wanted = listedAtMost } = query;
  const limit = Math.min(Number(wanted), listedAtMost);
  if (!(limit >= 1)) throw invalid('MaxResults is a number from 1 to 100');
  const found = schedules.filter(
    (schedule) =>
      (group === undefined || schedule.group === group) &&
      (prefix === undefined || schedule.name.startsWith(prefix)) &&
      (state === undefined || schedule.definition.State === state) &&
      (after === undefined || tokenOf(schedule) > after),
  );
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    Schedules: page.map((schedule) => summary(schedule)),
    ...(last !== undefined && found.length > limit ? { NextToken: tokenOf(last) } : {}),
  };
}

/** Names hold no slash, so the order of the tokens is the book's. */
function tokenOf({ group, name }: Schedule): string {
  return `${group}/${name}`;
}

function summary(schedule: Schedule): object {
  return {
    Arn: scheduleArn(schedule),
    Name: schedule.name,
    GroupName: schedule.group,
    State: schedule.definition.State,
    CreationDate: schedule.createdAt / 1_000,
    LastModificationDate: schedule.modifiedAt / 1_000,
    Target: { Arn: schedule.definition.Target.Arn },
  };
}
