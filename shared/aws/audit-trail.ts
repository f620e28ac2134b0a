/** The audit trail in the table: one partition, by time. */

import { AuditEntry, auditDays } from '../contracts/audit.ts';
import type { AuditTrail } from '../ports/configurations.ts';
import { type Items, jsonText, unreadableOf } from './items.ts';

const pk = 'AUDIT';
/** What was changed is text, so that no name in it is one of the table's. */
const Entry = AuditEntry.extend({ changes: jsonText.pipe(AuditEntry.shape.changes) });

export const createAuditTrail = (items: Items): AuditTrail => ({
  async add(entry) {
    const expiresAt = Math.floor(entry.at / 1000) + auditDays * 86_400;
    const changes = JSON.stringify(entry.changes);
    await items.put(Entry, { pk, sk: entry.id }, { ...entry, changes }, { expiresAt });
  },
  async withdraw(id) {
    await items.remove({ pk, sk: id });
  },
  page: async (limit, after) => {
    const { unreadable, ...page } = await items.page(Entry, pk, {
      limit,
      newestFirst: true,
      after,
    });
    return { ...page, unreadable: unreadable.map(unreadableOf) };
  },
});
