/** A step that goes through many syncs: the trouble of one keeps no other from its turn, and is told at the end. */
export class PartFailed extends Error {
  /** What it was about, for the log. */
  readonly about: { readonly sync: string; readonly run?: string };

  constructor(about: PartFailed['about'], cause: unknown) {
    super(`A step failed for the sync ${about.sync}.`, { cause });
    this.name = 'PartFailed';
    this.about = about;
  }
}

/** What failed, each with what it was about where that is known: what lies within parts and many at once is taken out. */
export function partsOf(
  error: unknown,
): { readonly of: Partial<PartFailed['about']>; readonly cause: unknown }[] {
  if (error instanceof AggregateError) return error.errors.flatMap(partsOf);
  if (error instanceof PartFailed) return [{ of: error.about, cause: error.cause }];
  return [{ of: {}, cause: error }];
}

/** @throws AggregateError where there are any */
export function throwAll(failures: readonly unknown[]): void {
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} parts failed.`);
}
