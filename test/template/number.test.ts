import { expect, test } from 'vitest';
import { render } from './render.ts';

/** Value of the field, and what `$number` makes of it: JSON, or why the record cannot be sent. */
const vectors: readonly (readonly [unknown, string])[] = [
  // Numbers stay as they are
  [0, '0'],
  [-0, '0'],
  [42, '42'],
  [-1.5, '-1.5'],
  [0.1, '0.1'],
  [1e21, '1e+21'],
  [1e-7, '1e-7'],
  [2 ** 53 + 2, '9007199254740994'],
  [1.7976931348623157e308, '1.7976931348623157e+308'],
  [5e-324, '5e-324'],
  [Number.NaN, 'not-a-number'],
  [Number.POSITIVE_INFINITY, 'not-a-number'],
  // Texts that are exact
  ['0', '0'],
  ['42', '42'],
  ['-42', '-42'],
  ['-0', '0'],
  ['007', '7'],
  ['1.10', '1.1'],
  ['0.1', '0.1'],
  ['100', '100'],
  ['1e3', '1000'],
  ['1E+3', '1000'],
  ['2.50e-1', '0.25'],
  ['0e999', '0'],
  ['999999999999999', '999999999999999'],
  ['9007199254740991', '9007199254740991'],
  ['9007199254740992', '9007199254740992'],
  ['9007199254740994', '9007199254740994'],
  ['10000000000000000000000', '1e+22'],
  ['123456789012345680000', '123456789012345680000'],
  ['0.30000000000000004', '0.30000000000000004'],
  ['1.7976931348623157e308', '1.7976931348623157e+308'],
  ['5e-324', '5e-324'],
  // Whole numbers of 64 bits, digit for digit
  ['9007199254740993', '9007199254740993'],
  ['-9007199254740993', '-9007199254740993'],
  ['0009007199254740993', '9007199254740993'],
  ['12345678901234567890', '12345678901234567890'],
  ['18446744073709551615', '18446744073709551615'],
  ['-9223372036854775807', '-9223372036854775807'],
  // Texts that would be rounded
  ['18446744073709551617', 'inexact-number'],
  ['-9223372036854775809', 'inexact-number'],
  ['9007199254740993.0', 'inexact-number'],
  ['123456789012345678901', 'inexact-number'],
  ['0.1000000000000000055511151231257827', 'inexact-number'],
  ['0.30000000000000001', 'inexact-number'],
  ['3.141592653589793238', 'inexact-number'],
  ['1e-400', 'inexact-number'],
  ['4e-324', 'inexact-number'],
  // Texts that are no numbers
  ['', 'not-a-number'],
  [' 1', 'not-a-number'],
  ['1 ', 'not-a-number'],
  ['1\n', 'not-a-number'],
  ['+1', 'not-a-number'],
  ['-', 'not-a-number'],
  ['.5', 'not-a-number'],
  ['5.', 'not-a-number'],
  ['1e', 'not-a-number'],
  ['1e400', 'not-a-number'],
  ['1,000', 'not-a-number'],
  ['1_000', 'not-a-number'],
  ['٣', 'not-a-number'],
  ['0x10', 'not-a-number'],
  ['0b1', 'not-a-number'],
  ['0o7', 'not-a-number'],
  ['NaN', 'not-a-number'],
  ['Infinity', 'not-a-number'],
  ['null', 'not-a-number'],
  ['ten', 'not-a-number'],
  // No numbers at all
  [true, 'not-a-number'],
  [false, 'not-a-number'],
  [[1], 'not-a-number'],
  [{ n: 1 }, 'not-a-number'],
];

test.each(vectors)('$number of %j is %s', (value, expected) => {
  const { text, invalid } = render('[$$.records.{"n": $number(n)}]', [{ n: value }, { n: 1 }]);
  const [fault] = invalid;
  if (fault === undefined) expect(text).toBe(`[{"n":${expected}},{"n":1}]`);
  else {
    expect(fault).toMatchObject({ index: 0, field: 'n', code: expected });
    expect(text).toBe('[{"n":1}]');
  }
});

test('a reason never holds the value', () => {
  const values = ['secret@example.com', '0.9007199254740993141', ['secret'], { secret: 'x' }];
  const { invalid } = render(
    '[$$.records.{"n": $number(n)}]',
    values.map((n) => ({ n })),
  );
  expect(invalid).toHaveLength(4);
  for (const { reason } of invalid) expect(reason).not.toMatch(/secret|9007199254740993/);
});

test('a field without a value is no fault under $number', () => {
  const { text, invalid } = render('[$$.records.{"e": e, "n": $number(n)}]', [
    { e: 'a' },
    { e: 'b', n: null },
  ]);
  expect({ text, invalid }).toEqual({ text: '[{"e":"a"},{"e":"b"}]', invalid: [] });
});
