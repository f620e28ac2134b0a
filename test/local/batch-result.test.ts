/** What a handler's result says of its messages: data beside event-source.test.ts, which has the same over HTTP. */
import { describe, expect, test } from 'vitest';
import { readBatchResult } from '../../local/aws/lambda/batch-result.ts';

describe('Of a, b and c are done, when the result names', () => {
  test.each<[string, unknown, boolean, string[]]>([
    ['nothing', undefined, false, ['a', 'b', 'c']],
    ['no failure', { batchItemFailures: [] }, true, ['a', 'b', 'c']],
    ['one', { batchItemFailures: [{ itemIdentifier: 'b' }] }, false, ['a', 'c']],
    ['one of a FIFO queue', { batchItemFailures: [{ itemIdentifier: 'b' }] }, true, ['a']],
    ['a stranger', { batchItemFailures: [{ itemIdentifier: 'x' }] }, false, []],
    ['half of it', { batchItemFailures: [{ itemIdentifier: 'a' }, {}] }, false, []],
  ])('%s', (_, result, fifo, done) => {
    expect(readBatchResult(['a', 'b', 'c'], result, fifo).done).toEqual(done);
  });
});
