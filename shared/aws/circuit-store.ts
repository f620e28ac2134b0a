/** Circuits in the table: an item a destination that is paused. */

import { Circuit } from '../contracts/circuit.ts';
import type { CircuitStore } from '../ports/runs.ts';
import type { Items } from './items.ts';

const circuitKey = (destination: string) => ({ pk: 'CIRCUITS', sk: destination });

export const createCircuitStore = (items: Items): CircuitStore => ({
  get: (destination) => items.getOrDrop(Circuit, circuitKey(destination)),
  swap(destination, was, next) {
    const when = was
      ? {
          when: 'openUntil = :until AND probes = :probes',
          values: { ':until': was.openUntil, ':probes': was.probes },
        }
      : { when: 'attribute_not_exists(openUntil)' };
    const key = circuitKey(destination);
    return next ? items.put(Circuit, key, next, when) : items.remove(key, when);
  },
});
