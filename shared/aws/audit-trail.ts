/** The audit trail in the table: one partition, by time. */

import { AuditEntry, auditDays } from '../contracts/audit.ts';
import { table } from '../contracts/wiring.ts';
import type { AuditTrail } from '../ports/configurations.ts';
import { type Items, jsonText } from './items.ts';

const pk = 'AUDIT';
/** What was changed is text, so that no name in it is one of the table's. */
const Entry = AuditEntry.extend({ changes: jsonText.pipe(AuditEntry.shape.changes) });

export const createAuditTrail = (items: Items): AuditTrail => ({
  async add(entry) {
    const expiry = Math.floor(entry.at / 1000) + auditDays * 86_400;
    const changes = JSON.stringify(entry.changes);
    await items.put({ pk, sk: entry.id }, { ...entry, changes, [table.expiry]: expiry });
  },
  async withdraw(id) {
    await items.remove({ pk, sk: id });
  },
  page: (limit, after) => items.page(Entry, pk, { limit, newestFirst: true, after }),
});
