/** The real clock, names and digests. */

import { createHmac, hash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Ids } from '../ports/world.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds) => {
    await sleep(milliseconds);
  },
};

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';

/** 10 characters of time (milliseconds in base 36), 16 of chance (82 bits). */
export const systemIds = (clock: Pick<Clock, 'now'>): Ids => ({
  next: () =>
    clock.now().toString(36).padStart(10, '0') +
    Array.from(randomBytes(16), (byte) => alphabet[byte % 36]).join(''),
});

/** HMAC-SHA256 in hex. */
export const hmac = (key: Uint8Array, text: string): string =>
  createHmac('sha256', key).update(text).digest('hex');

/** 32 bytes from the system's source. */
export const randomKey = (): Uint8Array => randomBytes(32);

/** SHA-256 in hex. */
export const digest = (text: string): string => hash('sha256', text);
