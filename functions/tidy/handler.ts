import { lazy } from '../../shared/runtime/lazy.ts';
import { configs, logs, runs, state } from '../../shared/runtime/stores.ts';
import { systemClock } from '../../shared/runtime/system.ts';
import { type TidyPorts, tidy } from './tidy.ts';

const ports = lazy(
  (): TidyPorts => ({
    configs: configs(),
    runs: runs(),
    state: state(),
    logs: logs(),
    clock: systemClock,
  }),
);

/** What Lambda tells of an invocation. */
interface Invocation {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

export async function handler(_event: unknown, context: Invocation): Promise<void> {
  await tidy(ports(), {
    id: context.awsRequestId,
    remainingMs: () => context.getRemainingTimeInMillis(),
  });
}
