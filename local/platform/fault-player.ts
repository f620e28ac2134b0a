/** Decides which fault a member request meets. No I/O; chance comes from the seed alone. */
import { type Faults, NO_FAULTS, type ScriptEntry } from './faults.ts';

/** An answer in place of the platform's own. Without `body` the platform's own body stays, or an error text is made. */
export interface PlayedAnswer {
  readonly status: number;
  readonly retryAfter?: string | number | undefined;
  readonly body?: unknown;
}

/** What happens to one request: applied or not, then a wait, then the ending. */
export interface Effect {
  /** As the request log shows it. */
  readonly name: string;
  readonly applies: boolean;
  /** Wait between applying and the ending, in milliseconds. */
  readonly delayMs: number;
  /** `drop` destroys the socket, `hang` never answers, `drip` answers one byte every `gapMs`. */
  readonly ending: 'answer' | 'drop' | 'hang' | 'drip';
  readonly gapMs: number;
  readonly answer: PlayedAnswer | undefined;
}

/** A batch that the platform was told to refuse. */
export interface ToldRefusal {
  readonly name: string;
  readonly status: number;
  readonly error: string;
}

const SLOW_MS = 1_000;
const DRIP_GAP_MS = 100;

const NORMAL: Effect = {
  name: 'none',
  applies: true,
  delayMs: 0,
  ending: 'answer',
  gapMs: 0,
  answer: undefined,
};

/** Holds what was told, and what is left of it. */
export class FaultPlayer {
  #told: Faults = NO_FAULTS;
  #script: ScriptEntry[] = [];
  #rejected: ReadonlySet<string> = new Set();
  #plays = 0;
  #chance = seeded(NO_FAULTS.seed);

  /** Replaces everything told before. */
  tell(faults: Faults): void {
    this.#told = faults;
    this.#script = faults.script.toReversed();
    this.#rejected = new Set(faults.rejectMembers);
    this.#plays = 0;
    this.#chance = seeded(faults.seed);
  }

  /** What is left to be played: the rest of the script and of `times`. */
  show(): Faults {
    const rest = { ...this.#told, script: this.#script.toReversed() };
    if (this.#told.times !== undefined) rest.times = this.#told.times - this.#plays;
    return this.#isSpent() ? { ...rest, mode: 'none', times: undefined } : rest;
  }

  /** The effect on the request that has just arrived. Takes one entry off the script. */
  draw(): Effect {
    const entry = this.#script.pop();
    if (entry !== undefined) return scriptedEffect(entry);
    if (this.#told.mode === 'none' || this.#isSpent()) return NORMAL;
    if (this.#chance() >= this.#told.share) return NORMAL;
    this.#plays++;
    return standingEffect(this.#told);
  }

  /** Why the platform is told not to take this batch, if it is. */
  refusal(
    identities: readonly string[],
    authorization: string | undefined,
  ): ToldRefusal | undefined {
    const { requirePlainBearer: bearer, maxBatch } = this.#told;
    if (bearer !== undefined && authorization !== `Bearer ${bearer}`) {
      const error = 'the bearer token is missing or wrong';
      return { name: 'requirePlainBearer', status: 401, error };
    }
    if (maxBatch !== undefined && identities.length > maxBatch) {
      const error = `${identities.length} members in one request: send at most ${maxBatch}`;
      return { name: 'maxBatch', status: 413, error };
    }
    if (this.#rejected.size > 0 && identities.some((identity) => this.#rejected.has(identity))) {
      const error = 'one of these members is not accepted, so none was applied';
      return { name: 'rejectMembers', status: 400, error };
    }
    return undefined;
  }

  #isSpent(): boolean {
    return this.#told.times !== undefined && this.#plays >= this.#told.times;
  }
}

function scriptedEffect(entry: ScriptEntry): Effect {
  if (typeof entry === 'number') return answering(entry, {});
  if (typeof entry === 'object') {
    const effect = entry.status === undefined ? bodyOnly(entry) : answering(entry.status, entry);
    return delayed(effect, entry.slowMs ?? 0);
  }
  switch (entry) {
    case 'ok':
      return NORMAL;
    case 'drop':
    case 'drop-before':
      return dropping(false);
    case 'drop-after':
    case 'apply-then-drop':
      return dropping(true);
    case 'hang':
      return hanging(false);
    case 'drip':
      return dripping(DRIP_GAP_MS);
  }
}

function standingEffect(told: Faults): Effect {
  const delayMs = told.delayMs ?? 0;
  switch (told.mode) {
    case 'none':
      return NORMAL;
    case 'slow':
      return delayed(bodyOnly(told), told.delayMs ?? SLOW_MS);
    case 'status':
      return delayed(answering(told.status ?? 500, told), delayMs);
    case 'drop-before':
      return delayed(dropping(false), delayMs);
    case 'drop-after':
      return delayed(dropping(true), delayMs);
    case 'hang':
      return hanging(told.apply ?? false);
    case 'drip':
      return dripping(told.delayMs ?? DRIP_GAP_MS);
  }
}

interface AnswerParts {
  readonly retryAfter?: string | number | undefined;
  readonly body?: unknown;
  readonly apply?: boolean | undefined;
}

function answering(status: number, parts: AnswerParts): Effect {
  const good = status >= 200 && status < 300;
  const applies = parts.apply ?? good;
  const isPlain = status === 200 && applies && parts.body === undefined;
  if (isPlain && parts.retryAfter === undefined) return NORMAL;
  const name = applies === good ? `status ${status}` : `status ${status}, ${appliedText(applies)}`;
  return {
    ...NORMAL,
    name,
    applies,
    answer: { status, retryAfter: parts.retryAfter, body: parts.body },
  };
}

/** A fault that leaves the status alone. */
function bodyOnly(parts: AnswerParts): Effect {
  return answering(200, parts);
}

function delayed(effect: Effect, delayMs: number): Effect {
  if (delayMs === 0) return effect;
  const slow = `slow ${delayMs} ms`;
  return { ...effect, delayMs, name: effect.name === 'none' ? slow : `${slow}, ${effect.name}` };
}

function dropping(applies: boolean): Effect {
  return { ...NORMAL, name: applies ? 'drop-after' : 'drop-before', applies, ending: 'drop' };
}

function hanging(applies: boolean): Effect {
  return { ...NORMAL, name: applies ? 'hang, applied' : 'hang', applies, ending: 'hang' };
}

function dripping(gapMs: number): Effect {
  return { ...NORMAL, name: 'drip', ending: 'drip', gapMs };
}

function appliedText(applies: boolean): string {
  return applies ? 'applied' : 'not applied';
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
