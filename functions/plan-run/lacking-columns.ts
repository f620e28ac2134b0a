import type { ReasonCount } from '../../shared/contracts/counts.ts';
import type { RunConfig } from '../../shared/contracts/run-config.ts';
import type { PlanSession } from '../../shared/ports/plan-engine.ts';

/** A column that is there for nobody, which the sync may do without: an exporter leaves out what is null everywhere. */
export function lackingIn(
  { lacking, statistics }: Pick<PlanSession, 'lacking' | 'statistics'>,
  { sync, task }: RunConfig,
): ReasonCount[] {
  const objects = ('snapshot' in task && task.snapshot?.objects) || [];
  return lacking.map((column) => {
    const isFolder = objects.some(({ key }) => `/${key}`.includes(`/${column}=`));
    const hint = isFolder
      ? ' Folders of the snapshot give it: to read them as columns, set source.partitionColumns to true.'
      : ' If that is wrong, mend the export, or the mapping: names are compared to the letter.';
    const fields = Object.entries(sync.mappings).flatMap(([field, mapping]) =>
      'column' in mapping && mapping.column === column ? [field] : [],
    );
    return {
      code: 'column-lacking',
      reason: `No file of the snapshot has the column ${JSON.stringify(column)}, so no member has a value for ${fields.join(', ')}.${hint}`,
      count: statistics.rows,
    };
  });
}
