/** What became of one member in each run whose log is kept. */
import type { Run } from '../../shared/contracts/run.ts';
import type { LoggedRecord } from '../../shared/ports/record-log.ts';
import type { ApiPorts } from './ports.ts';
import { runRecords } from './run-records.ts';

export interface FoundRecord {
  readonly run: Run;
  readonly record: LoggedRecord;
}

export interface Search {
  /** Newest first. */
  readonly found: readonly FoundRecord[];
  /** Runs whose log was looked through. */
  readonly looked: number;
  /** The run to go on after; undefined: there are no more. */
  readonly next: string | undefined;
}

/** Runs without a log cost nothing, and so are not counted: of a sync that runs every five minutes most are such. */
const runsRead = 100;
/** One member is in a log once; rows that contradict each other are one record. */
const mostOfRun = 10;
const atOnce = 4;

export async function searchRecords(
  ports: ApiPorts,
  sync: string,
  key: string,
  { runs: most, after }: { readonly runs: number; readonly after: string | undefined },
): Promise<Search> {
  const { items } = await ports.runs.listRuns(sync, runsRead, after);
  const logged = items.filter(({ result }) => (result?.log?.rows ?? 0) > 0);
  const looked = logged.slice(0, most);
  const found: FoundRecord[] = [];
  for (let at = 0; at < looked.length; at += atOnce) {
    const part = await Promise.all(
      looked.slice(at, at + atOnce).map(async (run) => {
        const records = await runRecords(ports, run, { key, limit: mostOfRun });
        return 'page' in records ? records.page.records.map((record) => ({ run, record })) : [];
      }),
    );
    found.push(...part.flat());
  }
  const last = logged.length > most ? looked.at(-1) : items.at(-1);
  const isMore = logged.length > most || items.length === runsRead;
  return { found, looked: looked.length, next: isMore ? last?.id : undefined };
}
