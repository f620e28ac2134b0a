import type { ReasonCount } from '../../shared/contracts/counts.ts';
import type { RunConfig } from '../../shared/contracts/run-config.ts';
import type { PlanSession } from '../../shared/ports/plan-engine.ts';

/** A column that is there for nobody, which the sync may do without: an exporter leaves out what is null everywhere. */
export function lackingIn(
  { lacking, statistics }: Pick<PlanSession, 'lacking' | 'statistics'>,
  { sync }: RunConfig,
): ReasonCount[] {
  return lacking.map((column) => {
    const fields = Object.entries(sync.mappings).flatMap(([field, mapping]) =>
      'column' in mapping && mapping.column === column ? [field] : [],
    );
    return {
      code: 'column-lacking',
      reason: `No file of the snapshot has the column ${JSON.stringify(column)}, so no member has a value for ${fields.join(', ')}. If that is wrong, mend the export, or the mapping: names are compared to the letter.`,
      count: statistics.rows,
    };
  });
}
