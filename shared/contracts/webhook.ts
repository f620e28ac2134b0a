/** Webhooks: requests that tell somebody's own address of ends of runs and of alerts. */
import { z } from 'zod';
import { AlertKind } from './alert.ts';
import { Count, Id, Instant } from './json.ts';

/** What a webhook may be told of: the end of a run, however it ended, and each kind of alert. */
export const WebhookEvent = z.enum(['run-ended', ...AlertKind.options]);
export type WebhookEvent = z.infer<typeof WebhookEvent>;

export const WebhookInput = z.strictObject({
  id: Id,
  name: z.string().min(1).max(200),
  /** `event`: JSON, signed with `signingKey` as Standard Webhooks says. `slack`: a message as Slack's incoming webhooks take it. */
  format: z.enum(['event', 'slack']).default('event'),
  /** The whole address, https. `{{secret.token}}` is the `token` of the webhook's secret, as one part of the path or query. */
  url: z.string().min(1).max(2_048),
  /** What it is told of. All where it is not given. */
  events: z
    .array(WebhookEvent)
    .min(1)
    .max(WebhookEvent.options.length)
    .default(WebhookEvent.options),
  /** Of these syncs alone. Of all, and of what is about none, where it is not given. */
  syncs: z.array(Id).min(1).max(100).optional(),
  /** What links in it begin with: the address of the API or of the console. Without it they are paths. */
  linkBase: z.string().max(2_048).optional(),
  /** Where it is false nothing is sent, and nothing is kept to be sent. */
  enabled: z.boolean().default(true),
});
export type WebhookInput = z.infer<typeof WebhookInput>;

/** A webhook as saved: each save counts the version up by one. */
export const Webhook = WebhookInput.extend({ version: z.number().int().positive() });
export type Webhook = z.infer<typeof Webhook>;

/** One thing to tell. It names runs and counts, never a member. */
export const Notice = z.strictObject({
  /** The same for the same thing, however often it is told: who receives it twice may drop one. */
  id: z.string(),
  type: WebhookEvent,
  /** When it came about. */
  at: Instant,
  sync: z.string().optional(),
  /** One line, and what there is to say more. */
  title: z.string(),
  message: z.string(),
  /** Below the API's address. */
  link: z.string(),
  /** As the event has it. */
  data: z.record(z.string(), z.unknown()),
});
export type Notice = z.infer<typeof Notice>;

/** A notice on its way to one webhook. */
export const Delivery = z.strictObject({
  /** As JSON. */
  notice: z.string(),
  addedAt: Instant,
  /** Tries so far. */
  attempts: Count,
  /** When it is tried next. */
  nextAt: Instant,
  /** What came of the last try, where it failed. */
  failure: z.strictObject({ at: Instant, code: z.string(), reason: z.string() }).optional(),
});
export type Delivery = z.infer<typeof Delivery>;
