/** How large a bench is, from its flags. */
import { parseArgs } from 'node:util';
import { z } from 'zod';

const { values } = parseArgs({
  options: {
    /** Tiny: that the contestants agree and the line is there, not what it says. */
    smoke: { type: 'boolean', default: false },
    rows: { type: 'string' },
    /** Of the rows, in percent. */
    changed: { type: 'string' },
    rounds: { type: 'string' },
  },
});

export const isSmoke = values.smoke;

const Amount = z.coerce.number().nonnegative();

/** The flag's, else the usual, or the tiny. */
export const amountOf = (
  flag: 'rows' | 'changed' | 'rounds',
  usual: number,
  tiny: number,
): number => {
  const given = values[flag];
  if (given !== undefined) return Amount.parse(given);
  return isSmoke ? tiny : usual;
};
