import type { HashType } from '../../contracts/destination.ts';

export type Algorithm = Exclude<HashType, 'NONE'>;

const hexDigits: Record<Algorithm, number> = { SHA256: 64, SHA512: 128, MD5: 32 };
const algorithms = ['SHA256', 'SHA512', 'MD5'] as const satisfies readonly Algorithm[];
const hex = /^[0-9a-f]+$/i;

/** As many hexadecimal digits as the algorithm gives, of either case, and nothing else. */
export const looksHashed = (type: Algorithm, text: string): boolean =>
  text.length === hexDigits[type] && hex.test(text);

/** The algorithm whose hash the text looks like. */
export const hashLook = (text: string): Algorithm | undefined =>
  algorithms.find((type) => looksHashed(type, text));
