/** Planted bugs about the platform's ids. */
import type { Mutant } from './mutant.ts';

export const idMutants: readonly Mutant[] = [
  {
    name: 'an update of many is refused for one id that changed',
    seed: 100,
    file: 'functions/send-chunk/deliver-chunk.ts',
    find: 'isOfPlace(tried.status) && !isMissed && !isLacking;',
    replace: 'isOfPlace(tried.status) && !isMissed;',
  },
  {
    name: 'whoever is looked up counts as not there',
    file: 'functions/send-chunk/id-finder.ts',
    find: 'found(position, isOne ? { ids: own } :',
    replace: 'found(position, isOne ? { ids: [] } :',
  },
];
