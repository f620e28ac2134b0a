/**
 * What it means that a run ended so: for scripts, terminals, logs, metrics, alarms, alerts and documents. Whoever acts on
 * a status asks this table; a new one is a line here, and nothing of it can be forgotten.
 */
import { z } from 'zod';

export const RunStatus = z.enum([
  'succeeded',
  'unchanged',
  'partial',
  'failed',
  'held',
  'cancelled',
  'skipped',
]);

export type RunStatus = z.infer<typeof RunStatus>;

/** Alerts that tell of runs. */
export const RunAlertKind = z.enum(['run-failed', 'run-partial', 'run-held']);

export type RunAlertKind = z.infer<typeof RunAlertKind>;

/** Metrics that count runs by how they ended. */
export type RunMetric = 'RunsSucceeded' | 'RunsPartial' | 'RunsFailed' | 'RunsHeld';

/** What somebody is told of a run that ended so. */
export interface RunAlert {
  readonly kind: RunAlertKind;
  /** Of the run, in its title: `failed`. */
  readonly said: string;
  /** `partialShare`: only where more than that share of its changes was not delivered. */
  readonly onlyAbove: 'partialShare' | undefined;
  /** False: once a day (UTC) while it goes on for the same reason. */
  readonly isToldEachTime: boolean;
}

export interface RunMeaning {
  /** For whoever reads of it: a sentence without its subject. */
  readonly meaning: string;
  /** Of the command that waited for the run. Scripts go by it, so a number never changes its meaning. */
  readonly exitCode: 0 | 1 | 3 | 4 | 5 | 6;
  readonly colour: 'green' | 'yellow' | 'red';
  /** Of the line that the log has of its end. */
  readonly logLevel: 'info' | 'warn';
  /** Counts the runs that ended so; undefined: nobody asks how many. */
  readonly metric: RunMetric | undefined;
  /** Of the alarm on that metric: who is hurt, and how. Undefined: no alarm. */
  readonly hurt: string | undefined;
  readonly alert: RunAlert | undefined;
  /** The platform follows the newest snapshot: what a sync is watched for. */
  readonly isSuccess: boolean;
  /** Its counts are of changes that were to be sent; else of a plan that was not. */
  readonly isSending: boolean;
  /** What was held before it may not be approved any more: the mirror moved on, or somebody said to stop. */
  readonly outdatesHeld: boolean;
}

export const runStatuses: Readonly<Record<RunStatus, RunMeaning>> = {
  succeeded: {
    meaning: 'everything was delivered; rows of the export that could not be used are a warning',
    exitCode: 0,
    colour: 'green',
    logLevel: 'info',
    metric: 'RunsSucceeded',
    hurt: undefined,
    alert: undefined,
    isSuccess: true,
    isSending: true,
    outdatesHeld: true,
  },
  unchanged: {
    meaning: 'nothing had changed since the last one',
    exitCode: 0,
    colour: 'green',
    logLevel: 'info',
    metric: 'RunsSucceeded',
    hurt: undefined,
    alert: undefined,
    isSuccess: true,
    isSending: true,
    outdatesHeld: false,
  },
  partial: {
    meaning: 'some changes were not delivered (above partialShare of the sync)',
    exitCode: 3,
    colour: 'yellow',
    logLevel: 'info',
    metric: 'RunsPartial',
    hurt: undefined,
    alert: {
      kind: 'run-partial',
      said: 'ended as partial',
      onlyAbove: 'partialShare',
      isToldEachTime: false,
    },
    isSuccess: false,
    isSending: true,
    outdatesHeld: true,
  },
  failed: {
    meaning: 'it could not be done, or the platform took nothing of it',
    exitCode: 1,
    colour: 'red',
    logLevel: 'warn',
    metric: 'RunsFailed',
    hurt: 'A run failed: the platform does not follow the audience of that sync until it is mended.',
    alert: {
      kind: 'run-failed',
      said: 'failed',
      onlyAbove: undefined,
      isToldEachTime: false,
    },
    isSuccess: false,
    isSending: true,
    outdatesHeld: false,
  },
  held: {
    meaning: 'a guard holds it until it is approved; nothing was sent',
    exitCode: 4,
    colour: 'yellow',
    logLevel: 'warn',
    metric: 'RunsHeld',
    hurt: 'A run is held by a guard: the platform keeps an older audience until somebody decides.',
    alert: {
      kind: 'run-held',
      said: 'held',
      onlyAbove: undefined,
      isToldEachTime: true,
    },
    isSuccess: false,
    isSending: false,
    outdatesHeld: false,
  },
  cancelled: {
    meaning: 'somebody stopped it, or turned down what was held',
    exitCode: 5,
    colour: 'yellow',
    logLevel: 'info',
    metric: undefined,
    hurt: undefined,
    alert: undefined,
    isSuccess: false,
    isSending: true,
    outdatesHeld: true,
  },
  skipped: {
    meaning: 'another was open, or its snapshot is set aside',
    exitCode: 6,
    colour: 'yellow',
    logLevel: 'info',
    metric: undefined,
    hurt: undefined,
    alert: undefined,
    isSuccess: false,
    isSending: true,
    outdatesHeld: false,
  },
};
