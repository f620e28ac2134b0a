import type { JsonValue } from './json.ts';

/** Column → value, as an export would hold it. */
export type SampleRow = Readonly<Record<string, JsonValue>>;
