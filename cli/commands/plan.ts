/** `plan`: a dry run. It plans what a run would do now and reports it; nothing is sent. */
import { z } from 'zod';
import type {
  DryRunEstimate,
  DryRunReport,
  SampleRequest,
} from '../../shared/contracts/dry-run.ts';
import { total } from '../../shared/domain/run/counts.ts';
import { counted, number } from '../../shared/domain/run/report.ts';
import type { Api } from '../api/client.ts';
import { readReport, startRun } from '../api/runs.ts';
import { type ExitCode, exit } from '../exit.ts';
import { follow } from '../follow.ts';
import { readGiven } from '../given.ts';
import { requestText } from '../request-text.ts';
import { tellRun } from '../run-report.ts';
import type { Session } from '../session.ts';
import type { Terminal } from '../terminal.ts';

const Given = z.object({ args: z.tuple([z.string()]), full: z.boolean().default(false) });

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const {
    args: [sync],
    full,
  } = readGiven(Given, given);
  return plan(session, await session.api(), sync, full);
}

/** The code is `held` where a guard would hold the run. `goesOn`: its system does not end with us. */
export async function plan(
  session: Session,
  api: Api,
  sync: string,
  full: boolean,
  goesOn = true,
): Promise<ExitCode> {
  const started = await startRun(api, sync, { dryRun: true, full });
  const over = await follow(session, api, sync, started.id, goesOn);
  if (over.status !== 'succeeded') return tellRun(session, over);
  const report = await readReport(api, sync, over.id);
  await session.result({ run: over, report }, () => reportText(session.terminal, sync, report));
  return report.guards.length > 0 ? exit.held : exit.done;
}

function reportText({ style }: Terminal, sync: string, report: DryRunReport): string {
  const { counts, guards, reasons, warnings, estimate, samples } = report;
  const { snapshot, mirror } = counts;
  const changes = [
    counted(total(counts.insert), 'insert'),
    counted(total(counts.update), 'update'),
    counted(total(counts.delete), 'delete'),
    ...(total(counts.reinsert) > 0 ? [counted(total(counts.reinsert), 'reinsert')] : []),
    `${number(counts.unchanged)} unchanged`,
  ];
  return [
    `${style('bold', sync)}: a dry run, nothing was sent`,
    `  snapshot  ${number(snapshot.rows)} rows: ${number(snapshot.members)} members, ${number(snapshot.invalid)} invalid, ${number(snapshot.duplicate)} duplicate`,
    `  mirror    ${number(mirror.before)} members`,
    `  changes   ${changes.join(', ')}`,
    `  sending   ${sendingText(estimate)}`,
    ...guards.map(({ code, message }) => style('yellow', `  would be held by ${code}: ${message}`)),
    ...[...reasons, ...warnings].map(
      ({ count, code, reason }) => `  ${number(count)} × ${code}: ${reason}`,
    ),
    ...samples.flatMap((sample) => ['', sampleText(style, sample)]),
  ].join('\n');
}

function sendingText({ requests, bytes, minutes, usd }: DryRunEstimate): string {
  const count = requests.insert + requests.update + requests.delete;
  if (count === 0) return 'nothing to send';
  const time = minutes < 1 ? 'less than a minute' : `about ${Math.ceil(minutes)} minutes`;
  const cost = usd < 0.01 ? 'less than 1 cent' : `about ${usd.toFixed(2)} dollars`;
  return `${counted(count, 'request')} of ${sizeText(bytes)} in all, ${time}, ${cost} on AWS`;
}

const sizeText = (bytes: number): string =>
  bytes < 1e6 ? `${number(Math.ceil(bytes / 1e3))} KB` : `${number(Math.ceil(bytes / 1e6))} MB`;

function sampleText(style: Terminal['style'], sample: SampleRequest): string {
  const { action, records } = sample;
  const head = `${action}, ${records === 1 ? 'one record' : `${records} records`} of the first request:`;
  return `${style('bold', head)}\n${requestText(style, sample)}`;
}
