/** What reads the logs of runs is wired with. */
import { env, functions } from '../contracts/wiring.ts';
import { createRecordLog } from '../duckdb/record-log.ts';
import { optionalSetting } from './environment.ts';
import { lazy } from './lazy.ts';
import { logs, state } from './stores.ts';
import { hmac } from './system.ts';

export const recordPorts = lazy(() => ({
  state: state(),
  hmac,
  records: createRecordLog({
    logs: logs(),
    scratch: optionalSetting(env.scratch) ?? '/tmp',
    memoryLimitMb: functions.api.memoryMb / 2,
  }),
}));
