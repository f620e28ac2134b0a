/** What reads the logs of runs is wired with. */
import { createPlanReader } from '../duckdb/plan-reader.ts';
import { createRecordLog } from '../duckdb/record-log.ts';
import { duckdbRoom } from './duckdb-room.ts';
import { lazy } from './lazy.ts';
import { logs, state } from './stores.ts';
import { hmac } from './system.ts';

export const recordPorts = lazy(() => ({
  state: state(),
  hmac,
  records: createRecordLog({
    logs: logs(),
    ...duckdbRoom(),
  }),
  plans: createPlanReader({
    state: state(),
    ...duckdbRoom(),
  }),
}));
