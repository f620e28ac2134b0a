/** Planted bugs in what is made of a clock that was wrong, and of state that is damaged or went back. */
import type { Mutant } from './mutant.ts';

export const troubleMutants: readonly Mutant[] = [
  {
    name: 'what was written while the clock was ahead is never at rest',
    file: 'shared/domain/words/snapshot.ts',
    find: 'if (sinceMs(youngest, now) < rest * 1000) {',
    replace: 'if (now - youngest < rest * 1000) {',
  },
  {
    name: 'a mirror is read whatever was written',
    file: 'shared/erased.ts',
    find: 'return isSame(object) ||',
    replace: 'return found.bytes > 0 ||',
  },
  {
    name: 'nobody looks whether the table went back',
    file: 'shared/flow/outdated-state.ts',
    find: 'const objects = await state.list(mirrorPrefix(run.sync));',
    replace: 'const objects: string[] = [];',
  },
  {
    name: 'without the present mirror nothing goes on',
    file: 'functions/plan-run/older-mirror.ts',
    find: 'if (!isDamaged(error) || !goesOnWithout(config)) throw error;',
    replace: 'if (error) throw error;',
  },
];
