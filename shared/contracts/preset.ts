/** A destination and a sync for one platform, as a file of `presets/` has them: what is to be filled in stands as `<NAME>`. */
import { z } from 'zod';
import { SecretField } from './authentication.ts';

const Words = z.string().min(1).max(600);

/** What stands before the two documents of a preset's file. */
const About = z.strictObject({
  name: Words.describe('Of the platform, and of what it keeps there.'),
  people: Words.describe('By what people are known there, for adding and removing alike.'),
  missing: z.array(Words).default([]).describe('What it does not do, or needs of you beforehand.'),
  unverified: z
    .array(Words)
    .default([])
    .describe('What it relies on that no document we read says: try it on a test audience first.'),
  never: z
    .array(z.strictObject({ call: Words, because: Words }))
    .default([])
    .describe('Calls of the platform that look like the right one, and why it does not use them.'),
  documentation: z
    .array(z.strictObject({ title: Words, date: z.string().regex(/^\d{4}(-\d\d(-\d\d)?)?$/) }))
    .min(1)
    .describe('What it follows; the date is the page’s own, or of the copy that was read.'),
  limit: z
    .int()
    .positive()
    .describe('Records or identifiers that the platform takes in one request at most.'),
  fill: z
    .record(
      z.string().regex(/^[A-Z][A-Z0-9_]*$/),
      z.strictObject({ about: Words, example: z.string().min(1) }),
    )
    .describe('What is to be filled in, by the name that stands for it.'),
});

export const PresetHead = About.extend({ kind: z.literal('preset') });

const Settings = z.record(z.string(), z.unknown());

export const Preset = About.extend({
  id: z.string().describe('Its file’s name.'),
  destination: Settings.describe('As it is saved once everything is filled in.'),
  secrets: z.array(SecretField).describe('Fields of the destination’s secret that it needs.'),
  sync: Settings.describe('As it is saved once everything is filled in.'),
  yaml: z.string().describe('The same two as documents of YAML, with comments.'),
});
export type Preset = z.infer<typeof Preset>;

/** Each place that still waits for a value. */
export const placeholders = (text: string): string[] => [
  ...new Set([...text.matchAll(/<([A-Z][A-Z0-9_]*)>/g)].map(([, name = '']) => name)),
];

/** The text with what is known in its places; what is not stays as it is. */
export const filledIn = (text: string, values: ReadonlyMap<string, string>): string =>
  text.replace(/<([A-Z][A-Z0-9_]*)>/g, (whole, name: string) => values.get(name) ?? whole);
