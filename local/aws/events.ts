/**
 * The embedded EventBridge: on 127.0.0.1 alone, for real AWS SDK clients. It takes events (PutEvents) and keeps each as
 * a line of `folder/events.ndjson`, in the shape in which a rule would see it. Of the stack's rules it has the one that starts
 * a function; who wants to know more reads the file.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { z } from 'zod';
import { guarded, listening } from '../loopback.ts';
import { accountId, region, serviceGuard } from './identity.ts';

export const eventsFile = (folder: string) => join(folder, 'events.ndjson');

export interface RunningEvents {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Of a call; its limits are those of the service. */
const PutEvents = z.strictObject({
  Entries: z
    .array(
      z.strictObject({
        EventBusName: z.string().min(1).default('default'),
        Source: z.string().min(1),
        DetailType: z.string().min(1).max(128),
        Detail: z.string(),
        Resources: z.array(z.string()).default([]),
        /** Epoch seconds. */
        Time: z.number().optional(),
      }),
    )
    .min(1)
    .max(10),
});
type Entry = z.infer<typeof PutEvents>['Entries'][number];

export interface EventsOptions {
  readonly folder: string;
  /** Called with the detail type of each event that was taken. */
  readonly heard?: (detailType: string) => void;
}

export async function startEvents(options: EventsOptions): Promise<RunningEvents> {
  mkdirSync(options.folder, { recursive: true });
  const app = eventsApi(eventsFile(options.folder), options.heard);
  const take = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const guard = serviceGuard('application/x-amz-json-1.1');
  return listening(createServer(guarded((...call) => void take(...call), guard)));
}

/** Of all entries of a call together: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const mostBytes = 262_144;

/** As EventBridge reckons: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const bytesOf = ({ Source, DetailType, Detail, Resources, Time }: Entry): number =>
  [Source, DetailType, Detail, ...Resources].reduce(
    (sum, text) => sum + Buffer.byteLength(text),
    Time === undefined ? 0 : 14,
  );

function eventsApi(file: string, heard: EventsOptions['heard']): Hono {
  const app = new Hono();
  app.post('/', async ({ req }) => {
    const operation = req.header('x-amz-target') ?? '';
    if (operation !== 'AWSEvents.PutEvents') {
      return refuse(501, 'NotImplemented', `${operation} is not embedded.`);
    }
    const call = PutEvents.safeParse(await req.json().catch(() => undefined));
    if (!call.success) return refuse(400, 'ValidationException', z.prettifyError(call.error));
    const bytes = call.data.Entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
    if (bytes > mostBytes) {
      const message = `Total size of the entries in the request is over the limit: ${bytes} bytes.`;
      return refuse(400, 'ValidationException', message);
    }
    const events = call.data.Entries.map(eventOf);
    const taken = events.filter((event) => event !== undefined);
    appendFileSync(file, taken.map((event) => `${JSON.stringify(event)}\n`).join(''));
    for (const event of taken) heard?.(event['detail-type']);
    return answer(200, {
      FailedEntryCount: events.length - taken.length,
      Entries: events.map((event) => (event ? { EventId: event.id } : malformed)),
    });
  });
  app.notFound(({ req }) => refuse(501, 'NotImplemented', `${req.method} ${req.path}`));
  return app;
}

/** Undefined where its detail is no JSON object: the others of the call are taken. */
function eventOf(entry: Entry) {
  const detail = objectOf(entry.Detail);
  if (!detail) return undefined;
  const time = entry.Time === undefined ? new Date() : new Date(entry.Time * 1_000);
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': entry.DetailType,
    source: entry.Source,
    account: accountId,
    time: time.toISOString(),
    region,
    resources: entry.Resources,
    'event-bus': entry.EventBusName,
    detail,
  };
}

const malformed = { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };

function objectOf(text: string): object | undefined {
  try {
    return z.record(z.string(), z.unknown()).safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

const refuse = (status: number, type: string, message: string) =>
  answer(status, { __type: type, message });

const answer = (status: number, body: object) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() },
  });
