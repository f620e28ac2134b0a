/**
 * Whether the platform accepts anything of a run. A 403 means the request's own records once it has accepted others. While
 * it has accepted nothing, it may mean either: others are asked first, and only where it refuses one request after the
 * other it means the credentials.
 */

/** Requests in a row, by run: they outlive a turn in a warm function. */
export type ForbiddenInRow = Map<string, number>;

/** More than a request's halves can be: finding one record among 5,000 takes 26. */
const mostForbidden = 100;
/** Before the first is accepted: half of a request, and half of that, down to one of 10,000. */
const mostForbiddenAtFirst = 15;
/** Runs a function remembers at once. */
const mostRuns = 100;

export interface AcceptanceSettings {
  readonly run: string;
  readonly forbidden: ForbiddenInRow;
  /** Whether a sender of the run has noted a 2xx by now. */
  readonly isNoted: () => Promise<boolean>;
  readonly note: () => Promise<void>;
  /** The run has no other chunk. */
  readonly isOnlyChunk: boolean;
}

/** Whom a 403 is about; `unknown`: others are to be asked first. */
type Forbidden = 'records' | 'credentials' | 'unknown';

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

  /** The request was answered 403. */
  async forbids(): Promise<Forbidden> {
    const { run, forbidden, isNoted } = this.#settings;
    this.#isNoted ||= await isNoted();
    const inRow = (forbidden.get(run) ?? 0) + 1;
    const [oldest] = forbidden.keys();
    if (forbidden.size >= mostRuns && oldest !== undefined) forbidden.delete(oldest);
    forbidden.set(run, inRow);
    if (inRow > (this.#isNoted ? mostForbidden : mostForbiddenAtFirst)) return 'credentials';
    return this.#isNoted ? 'records' : 'unknown';
  }

  /** Of the run there is nobody else to ask. */
  get isOnlyChunk(): boolean {
    return this.#settings.isOnlyChunk;
  }
}
