/** No address of the IANA special-purpose registries is one of the public internet: its first, its last, and some between. */

import { expect, test } from 'vitest';
import { kindOfAddress } from '../../shared/domain/platform/address.ts';
import fc from '../fast-check.ts';
import registry from './special-purpose.json' with { type: 'json' };

const textOf = (value: bigint, bits: number): string =>
  bits === 32
    ? [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.')
    : Array.from({ length: 8 }, (_, at) =>
        ((value >> BigInt(16 * (7 - at))) & 0xffffn).toString(16),
      ).join(':');

/** Independent of the reader under test. */
function numberOf(text: string): bigint {
  if (!text.includes(':')) {
    return text.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
  }
  const [head = '', tail = ''] = text.split('::');
  const groups = (part: string) => part.split(':').filter(Boolean);
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].reduce(
    (sum, group) => (sum << 16n) | BigInt(`0x${group}`),
    0n,
  );
}

test.each([
  ...registry.ipv4.map((row) => [row, 32] as const),
  ...registry.ipv6.map((row) => [row, 128] as const),
])('%s', (row, bits) => {
  const [address = '', prefix = ''] = row.split('/');
  const first = numberOf(address);
  const size = 1n << BigInt(bits - Number(prefix));
  expect(kindOfAddress(textOf(first, bits))).not.toBe('public');
  expect(kindOfAddress(textOf(first + size - 1n, bits))).not.toBe('public');
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: size - 1n }), (offset) => {
      expect(kindOfAddress(textOf(first + offset, bits))).not.toBe('public');
    }),
  );
});

test.each([
  '93.184.216.34',
  '192.31.195.255',
  '192.175.49.0',
  '2620:4f:8001::1',
  '2606:4700::1111',
])('beside them %s is public', (address) => expect(kindOfAddress(address)).toBe('public'));
