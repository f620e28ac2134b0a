import { hash as digest } from 'node:crypto';
import type { Algorithm } from '../domain/record/hashing.ts';

const names: Record<Algorithm, string> = { SHA256: 'sha256', SHA512: 'sha512', MD5: 'md5' };

/** Lower-case hexadecimal digest of the text in UTF-8. In one shot: more than three times as fast as `createHash`. */
export const hash = (type: Algorithm, text: string): string => digest(names[type], text, 'hex');
