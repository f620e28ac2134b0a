/** Counts of rows and members that are no candidates, or known without looking at their records. */
export interface PlanStatistics {
  readonly rows: number;
  /** Rows identical in key and columns to one already counted. */
  readonly duplicate: number;
  /** Rows without a key, or with one that another row contradicts. */
  readonly invalid: number;
  /** Good keys whose digest is the mirror's. */
  readonly unchanged: number;
  /** Members of the mirror. */
  readonly before: number;
  /** Members of the mirror that are left alone. */
  readonly apart: number;
}
