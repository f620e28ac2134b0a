/** What a function gives its DuckDB: the scratch folder, and a share of the memory that it has itself. */
import { env } from '../contracts/wiring.ts';
import { memoryShare } from '../duckdb/memory-share.ts';
import { memoryMb, optionalSetting } from './environment.ts';

export const duckdbRoom = () => ({
  scratch: optionalSetting(env.scratch) ?? '/tmp',
  memoryLimitMb: memoryShare(memoryMb()),
});
