/** What a checked response rule is. Made when a destination is saved, and again at the start of each turn. */
import type { RenderRecord } from '../template/template.ts';

/** What stands behind `$$`. */
export const RULE_INPUTS = ['status', 'headers', 'body', 'records'] as const;
export type RuleInput = (typeof RULE_INPUTS)[number];

export const RULE_NAMES = [
  'success',
  'failed',
  'matched',
  'retry',
  'credentials',
  'done',
  'ids',
  'none',
] as const;
export type RuleName = (typeof RULE_NAMES)[number];

/** An expression that passed every check. */
export interface Rule {
  /** Exactly what was checked: JSONata without comments. */
  readonly text: string;
  /** The parts of `$$` it reads. */
  readonly reads: ReadonlySet<RuleInput>;
}

/** The rules of one action. */
export type ResponseRules = { readonly [name in RuleName]?: Rule };

/** A record as the template saw it, and as it was sent. */
export type SentRecord = RenderRecord;
