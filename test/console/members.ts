/** Exports of made-up people, as CSV. */

const header = 'email,first_name,last_name,country,title';
const countries = ['DE', 'FR', 'GB', 'NL', 'SE'];

export const emailOf = (place: number): string => `person${place}@example.com`;

const rowOf = (place: number, salt: number): string =>
  [emailOf(place), `First${place}`, `Last${(place + salt) % 977}`, countries[place % 5], ''].join(
    ',',
  );

export interface Export {
  readonly from: number;
  readonly to: number;
  /** Another salt is another last name of each: an update. */
  readonly changed?: readonly [from: number, to: number, salt: number];
  /** Rows without a key. */
  readonly keyless?: number;
}

export function csvOf({ from, to, changed = [0, 0, 0], keyless = 0 }: Export): Uint8Array {
  const [first, last, salt] = changed;
  const rows = Array.from({ length: to - from }, (_, index) => {
    const place = from + index;
    return rowOf(place, place >= first && place < last ? salt : 0);
  });
  const without = Array.from({ length: keyless }, (_, index) => `,First${index},Last,DE,`);
  return new TextEncoder().encode(`${[header, ...rows, ...without].join('\n')}\n`);
}
