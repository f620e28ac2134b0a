/** What may befall the clock and the state of a history. */
import type { Run } from '../../shared/contracts/run.ts';
import type { SyncState } from '../../shared/contracts/sync-state.ts';
import type { Random } from './random.ts';

export const damages = ['gone', 'cut', 'flip'] as const;
export type Damage = (typeof damages)[number];

/** `clock`: it jumps. `damage`: of an object of the open run, or of the mirror. `back`: the table is that of a backup, or lost. */
export type Trouble =
  | { readonly kind: 'clock'; readonly byMs: number }
  | { readonly kind: 'damage'; readonly of: 'run' | 'mirror'; readonly how: Damage }
  | { readonly kind: 'back' };

const hour = 3_600_000;
const jumps = [24 * hour, -hour, -365 * 24 * hour];

export function troubleOf(random: Random): Trouble {
  const kind = random.pick(['clock', 'clock', 'damage', 'damage', 'back'] as const);
  if (kind === 'clock') return { kind, byMs: random.pick(jumps) };
  if (kind === 'back') return { kind };
  return { kind, of: random.pick(['run', 'mirror']), how: random.pick(damages) };
}

/** The table's account of one sync. */
export interface Backup {
  readonly sync: string;
  readonly state: SyncState;
  readonly runs: readonly Run[];
}
