/** A schedule as clients define it, and as it is kept. */
import { z } from 'zod';
import { accountId, region } from '../identity.ts';
import { type Expression, parseExpression } from './expression.ts';
import { invalid } from './service-error.ts';

const Name = z.string().regex(/^[0-9a-zA-Z\-_.]{1,64}$/, 'use 1 to 64 of 0-9 a-z A-Z - _ .');

/** Epoch seconds, as the service's JSON has them. */
const Seconds = z.number();

/** Only what a function as a target needs: any other parameter is refused rather than ignored. */
const Target = z.strictObject({
  Arn: z.string().regex(/^arn:aws:lambda:/, 'the embedded Scheduler invokes functions only'),
  RoleArn: z.string().min(1),
  Input: z.string().refine(isJson, 'a function takes JSON').optional(),
  DeadLetterConfig: z.strictObject({ Arn: z.string().optional() }).optional(),
  RetryPolicy: z
    .strictObject({
      MaximumEventAgeInSeconds: z.number().int().min(60).max(86_400).optional(),
      MaximumRetryAttempts: z.number().int().min(0).max(185).optional(),
    })
    .optional(),
});

/** What Create and Update take; an update replaces all of it. */
export const Definition = z.strictObject({
  ScheduleExpression: z.string().max(256),
  ScheduleExpressionTimezone: z.string().default('UTC'),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  StartDate: Seconds.optional(),
  EndDate: Seconds.optional(),
  Description: z.string().optional(),
  FlexibleTimeWindow: z.strictObject({
    Mode: z.enum(['OFF', 'FLEXIBLE']),
    MaximumWindowInMinutes: z.number().int().min(1).max(1_440).optional(),
  }),
  KmsKeyArn: z.string().optional(),
  ActionAfterCompletion: z.enum(['NONE', 'DELETE']).default('NONE'),
  Target,
});
export type Definition = z.infer<typeof Definition>;

/** A time that came, until its invocation is done. */
export const Occurrence = z.object({
  id: z.string(),
  /** Epoch milliseconds, as all times here. */
  scheduledFor: z.number(),
  firstTriedAt: z.number(),
  /** Tries that failed. */
  failures: z.number().int(),
});
export type Occurrence = z.infer<typeof Occurrence>;

export const Schedule = z.object({
  name: Name,
  group: Name,
  definition: Definition,
  createdAt: z.number(),
  modifiedAt: z.number(),
  /** Where a rate counts from. */
  anchor: z.number(),
  /** Times up to this one were seen. */
  cursor: z.number(),
  open: z.array(Occurrence),
});
export type Schedule = z.infer<typeof Schedule>;

/** The body of Create and Update: name in the path, group in the body. @throws ServiceError ValidationException */
export function parseInput(body: unknown): { group: string; definition: Definition } {
  const Input = Definition.extend({
    GroupName: Name.default('default'),
    ClientToken: z.string().optional(),
  });
  const parsed = Input.safeParse(body);
  if (!parsed.success) throw invalid(z.prettifyError(parsed.error));
  const { GroupName: group, ClientToken: _, ...definition } = parsed.data;
  expressionOf(definition);
  return { group, definition };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** @throws ServiceError ValidationException */
export function parseName(name: string): string {
  const parsed = Name.safeParse(name);
  if (!parsed.success) throw invalid(`Name: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

export function expressionOf(definition: Definition): Expression {
  return parseExpression(definition.ScheduleExpression, definition.ScheduleExpressionTimezone);
}

export function scheduleArn({ group, name }: Pick<Schedule, 'group' | 'name'>): string {
  return `arn:aws:scheduler:${region}:${accountId}:schedule/${group}/${name}`;
}

export function groupArn(group: string): string {
  return `arn:aws:scheduler:${region}:${accountId}:schedule-group/${group}`;
}
