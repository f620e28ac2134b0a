/**
 * Answers that show members: each stands in the audit trail before it goes out, and nobody on the way may keep it. The headers
 * are had from here alone, so that no route can show somebody without a word.
 */
import type { AuditedKind } from '../../shared/contracts/audit.ts';
import { notToBeKept } from './answers.ts';
import type { Caller } from './asked.ts';
import type { AuditPorts } from './audited.ts';

/** What was looked at: `customers/columns`, `customers/0mf…/records/17`. No member is named. */
export interface Look {
  readonly kind: AuditedKind;
  readonly thing: string;
}

/** To be called when all is read and nothing has gone out. Gives the headers of the answer. */
export async function membersShown(
  { audit, clock, ids }: AuditPorts,
  { name }: Caller,
  { kind, thing }: Look,
): Promise<typeof notToBeKept> {
  const entry = { id: ids.next(), at: clock.now(), who: name, what: 'members-read', kind, thing };
  await audit.add({ ...entry, changes: [] });
  return notToBeKept;
}
