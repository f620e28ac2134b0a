/** The tables and questions of a plan in parts: what each step asks the engine of many machines. */
import { queryPrefix } from '../../shared/contracts/layout.ts';
import type { MirrorPointer } from '../../shared/contracts/mirror.ts';
import type { PlanParts, RowGroup } from '../../shared/contracts/plan-parts.ts';
import { layersOf } from '../../shared/domain/run/mirror-objects.ts';
import type {
  EngineColumn,
  EngineTable,
  MirrorSource,
  RowSource,
  Statement,
} from '../../shared/ports/distributed-engine.ts';
import type { AttemptName } from './write-chunks.ts';

export interface Subject extends AttemptName {
  readonly epoch: number;
  /** Of the snapshot. */
  readonly bucket: string;
  /** Columns whose values the records are made of, in order. */
  readonly columns: readonly string[];
  readonly mirror: MirrorPointer | undefined;
  readonly retryFailed: boolean;
  /** Begins the name of each table. */
  readonly tables: string;
}

const entryColumns: readonly EngineColumn[] = [
  { name: 'key', type: 'string' },
  { name: 'digest', type: 'bigint' },
  { name: 'record', type: 'string' },
  { name: 'state', type: 'string' },
  { name: 'parked', type: 'boolean' },
  { name: 'previous', type: 'array<string>' },
  { name: 'identity', type: 'binary' },
  { name: 'ids', type: 'array<string>' },
  { name: 'raw', type: 'bigint' },
];

const planColumns: readonly EngineColumn[] = [
  { name: 'kind', type: 'string' },
  { name: 'phase', type: 'string' },
  { name: 'chunk', type: 'int' },
  { name: 'position', type: 'int' },
  { name: 'code', type: 'string' },
  { name: 'reason', type: 'string' },
  { name: 'identity', type: 'binary' },
];

const proposalColumns: readonly EngineColumn[] = [
  { name: 'key', type: 'string' },
  { name: 'is_delete', type: 'boolean' },
  { name: 'record', type: 'string' },
  { name: 'identity', type: 'binary' },
];

const rowsTable = ({ tables }: Subject, group: number) => `${tables}_rows_${group}`;
const layerTable = ({ tables }: Subject, layer: number) => `${tables}_mirror_${layer}`;
const keysTable = ({ tables }: Subject) => `${tables}_keys`;
const plansTable = ({ tables }: Subject) => `${tables}_plans`;
const proposalsTable = ({ tables }: Subject) => `${tables}_proposals`;

/** Objects of a mirror, by the run that wrote them: in one of those no key stands twice. */
function layers({ mirror }: Subject): string[][] {
  if (!mirror) return [];
  const base = mirror.base.map(({ location }) => location);
  const runs = Map.groupBy(mirror.deltas, ({ location }) => location.replace(/[^/]*$/, ''));
  const deltas = [...runs.values()].map((each) => each.map(({ location }) => location));
  return [base, ...deltas];
}

const mirrorSource = (subject: Subject): MirrorSource => ({
  layers: layers(subject).map((_, layer) => layerTable(subject, layer)),
});

/** Those that are there from the beginning. */
export function firstTables(subject: Subject, groups: readonly RowGroup[]): EngineTable[] {
  const rows = groups.map(({ columns, files }, group) => ({
    name: rowsTable(subject, group),
    columns: columns.map(({ name, type }) => ({ name, type })),
    files: files.map(({ object }) => ({ bucket: subject.bucket, key: object })),
  }));
  const mirror = layers(subject).map((objects, layer) => ({
    name: layerTable(subject, layer),
    columns: entryColumns,
    files: objects.map((key) => ({ key })),
  }));
  return [...rows, ...mirror];
}

export const keyTable = (subject: Subject, objects: readonly string[]): EngineTable => ({
  name: keysTable(subject),
  columns: [{ name: 'k', type: 'string' }],
  files: objects.map((key) => ({ key })),
});

export function identityTables(subject: Subject, progress: PlanParts): EngineTable[] {
  const plans = progress.plans.flatMap((each) => each.map(({ location }) => ({ key: location })));
  const proposals = progress.proposals.map((each) => ({ key: each.proposals }));
  return [
    { name: plansTable(subject), columns: planColumns, files: plans },
    { name: proposalsTable(subject), columns: proposalColumns, files: proposals },
  ];
}

export const allTables = (subject: Subject, groups: readonly RowGroup[]): string[] => [
  ...firstTables(subject, groups).map(({ name }) => name),
  keysTable(subject),
  plansTable(subject),
  proposalsTable(subject),
];

function rowSource(subject: Subject, group: RowGroup, at: number, seed: string): RowSource {
  const folders = new Map(group.partitions);
  const digested = subject.columns.map((name): RowSource['digested'][number] => {
    if (folders.has(name)) return { constant: folders.get(name) ?? null };
    const column = group.columns.find((each) => each.name === name);
    return column ? { name, type: column.type } : { constant: null };
  });
  return {
    table: rowsTable(subject, at),
    key: group.key,
    digested,
    carried: group.columns.map(({ name }) => name),
    seed: JSON.stringify([seed, group.types]),
  };
}

/** What the step asks, by names of its questions; nothing where it asks nothing. */
export function questionsOf(subject: Subject, progress: PlanParts): ReadonlyMap<string, Statement> {
  const { step, groups, seed, parts, isSettled, queries } = progress;
  const sources = groups.map((group, at) => rowSource(subject, group, at, seed));
  const mirror = mirrorSource(subject);
  const keys = isSettled ? keysTable(subject) : undefined;
  switch (step) {
    case 'asking': {
      const count = ['count', { kind: 'count', sources }] as const;
      const { retryFailed } = subject;
      const unsettled = ['keys', { kind: 'keys', sources, mirror, retryFailed }] as const;
      return new Map<string, Statement>([
        ...(sources.length > 0 ? [count] : []),
        ...(isSettled && sources.length > 0 ? [unsettled] : []),
      ]);
    }
    case 'handing': {
      const isNothing = queries['keys']?.objects?.length === 0;
      const rows = sources.map(
        (source, at) => [`rows-${at}`, { kind: 'rows', source, keys, parts }] as const,
      );
      const entries = ['entries', { kind: 'entries', mirror, keys, parts }] as const;
      const hasEntries = mirror.layers.length > 0;
      return new Map<string, Statement>(
        isNothing ? [] : [...rows, ...(hasEntries ? [entries] : [])],
      );
    }
    case 'comparing': {
      const settled = keys !== undefined ? { mirror, keys } : undefined;
      const statement = {
        kind: 'identities',
        proposals: proposalsTable(subject),
        plans: plansTable(subject),
        settled,
        parts: progress.identityParts,
      } as const;
      return new Map<string, Statement>(progress.proposed > 0 ? [['identities', statement]] : []);
    }
    default:
      return new Map();
  }
}

export const targetOf = ({ sync, run, attempt }: Subject, name: string, tries: number): string =>
  queryPrefix(sync, run, attempt, name, tries);

/** Objects of a question that is done, of one part. */
export const objectsOf = ({ queries }: PlanParts, name: string, part: number): string[] =>
  (queries[name]?.objects ?? []).filter((object) => object.includes(`/p=${part}/`));

export const layersThere = ({ mirror }: Subject): boolean =>
  mirror !== undefined && layersOf(mirror).length > 0;
