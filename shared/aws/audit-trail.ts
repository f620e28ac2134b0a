/** The audit trail in the table: one partition, by time. */

import { AuditEntry, auditDays } from '../contracts/audit.ts';
import { table } from '../contracts/wiring.ts';
import type { AuditTrail } from '../ports/configurations.ts';
import type { Items } from './items.ts';

const pk = 'AUDIT';

export const createAuditTrail = (items: Items): AuditTrail => ({
  async add(entry) {
    const expiry = Math.floor(entry.at / 1000) + auditDays * 86_400;
    await items.put({ pk, sk: entry.id }, { ...entry, [table.expiry]: expiry });
  },
  async withdraw(id) {
    await items.remove({ pk, sk: id });
  },
  page: (limit, after) => items.page(AuditEntry, pk, { limit, newestFirst: true, after }),
});
