/** DuckDB's share follows the function's own size, and leaves what the process needs beside it. */
import { expect, test, vi } from 'vitest';
import { functions } from '../../shared/contracts/wiring.ts';
import { duckdbRoom } from '../../shared/runtime/duckdb-room.ts';

/** Measured with ten million members: the process's peak above DuckDB's own limit. */
const besideMb = 700;

const withDuckdb = Object.entries(functions).filter(([, { duckdb }]) => duckdb);

test.each(withDuckdb)('%s has room for DuckDB and for itself', (_, { memoryMb }) => {
  vi.stubEnv('AWS_LAMBDA_FUNCTION_MEMORY_SIZE', String(memoryMb));
  const { memoryLimitMb } = duckdbRoom();
  expect(memoryMb - memoryLimitMb).toBeGreaterThanOrEqual(besideMb);
  expect(memoryLimitMb).toBeGreaterThan(memoryMb / 2);
});
