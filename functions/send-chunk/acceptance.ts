/**
 * Whether the platform accepts anything of a run. A 403 means the credentials while it has accepted nothing, and the
 * request's own records once it has; only where it refuses one request after the other it means the credentials again.
 */

/** Requests in a row, by run: they outlive a turn in a warm function. */
export type ForbiddenInRow = Map<string, number>;

/** More than a request's halves can be: finding one record among 5,000 takes 26. */
const mostForbidden = 100;
/** Runs a function remembers at once. */
const mostRuns = 100;

export interface AcceptanceSettings {
  readonly run: string;
  readonly forbidden: ForbiddenInRow;
  /** Whether a sender of the run has noted a 2xx by now. */
  readonly isNoted: () => Promise<boolean>;
  readonly note: () => Promise<void>;
}

export class Acceptance {
  readonly #settings: AcceptanceSettings;
  #isNoted: boolean;

  /** `isNoted`: as the run was when the turn began. */
  constructor(settings: AcceptanceSettings, isNoted: boolean) {
    this.#settings = settings;
    this.#isNoted = isNoted;
  }

  async accepted(): Promise<void> {
    const { run, forbidden, note } = this.#settings;
    if (forbidden.size > 0) forbidden.delete(run);
    if (this.#isNoted) return;
    this.#isNoted = true;
    await note();
  }

  /** The request was answered 403. True where its records are at fault, false where the run can go no further. */
  async isOfRecords(): Promise<boolean> {
    const { run, forbidden, isNoted } = this.#settings;
    this.#isNoted ||= await isNoted();
    const inRow = (forbidden.get(run) ?? 0) + 1;
    const [oldest] = forbidden.keys();
    if (forbidden.size >= mostRuns && oldest !== undefined) forbidden.delete(oldest);
    forbidden.set(run, inRow);
    return this.#isNoted && inRow <= mostForbidden;
  }
}
