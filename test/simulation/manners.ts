/** What a simulated platform is like, whether or not it is troubled: what no fault switched off makes go away. */
import type { IdManners } from './id-manners.ts';
import type { JobManners } from './job-manners.ts';
import type { Random } from './random.ts';

export interface Manners {
  /** Of a member it has, it keeps what an upsert does not name. */
  readonly isMerging: boolean;
  /** What the destination says of a city that is not there. */
  readonly noCity: null | '' | 'omit' | 'unsaid';
  /** An insert of a member it has is answered 409, and an update, another request, of one it lacks 404. */
  readonly isStrict: boolean;
  /** A removal of several of whom it lacks one is answered so, and nothing of it is done. */
  readonly unknown?: 404 | 410 | undefined;
  /** A request that holds one of these is answered 403, for ever: those whose number leaves this remainder. */
  readonly forbids?: number | undefined;
  /** It accepts requests as jobs. */
  readonly jobs?: JobManners | undefined;
  /** It removes and changes members by ids of its own, which it can be asked for. */
  readonly ids?: IdManners | undefined;
}

export const plainManners: Manners = { isMerging: false, noCity: 'unsaid', isStrict: false };

/** By what their numbers are divided. */
const share = 13;

export const isForbidden = ({ forbids }: Manners, name: string): boolean =>
  forbids !== undefined && Number(/\d+/.exec(name)?.[0]) % share === forbids;

export const mannersOf = (random: Random): Manners => ({
  isMerging: random.chance(0.3),
  noCity: random.pick(['unsaid', 'unsaid', null, '', 'omit']),
  isStrict: random.chance(0.3),
  unknown: random.chance(0.4) ? random.pick([404, 410]) : undefined,
  forbids: random.chance(0.2) ? random.between(0, share - 1) : undefined,
});
