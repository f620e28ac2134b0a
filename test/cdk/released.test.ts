/** An upgrade loses nothing of what the last release made: no bucket, table, key or queue vanishes or is made anew. */
import { expect, test } from 'vitest';
import { readReleased, releasedOf } from './released.ts';
import { synthesise } from './synthesised.ts';

/** What may go or be made anew all the same: by logical id, and the section of CHANGELOG.md that says how to migrate. */
const migrations: Readonly<Record<string, string>> = {};

const before = readReleased();
const { template } = synthesise({}, 'audience-mirror');
const now = releasedOf(template);

test('no logical id of the last release vanishes, and none stands for another thing', () => {
  const changed = Object.entries(before.resources).filter(
    ([id, each]) => JSON.stringify(now.resources[id]) !== JSON.stringify(each),
  );
  expect(changed.map(([id]) => id).filter((id) => !(id in migrations))).toEqual([]);
  expect(Object.keys(before.resources).length).toBeGreaterThan(10);
});

test('no output of the last release is gone: the command line and people read them', () => {
  expect(before.outputs.filter((name) => !now.outputs.includes(name))).toEqual([]);
});

test('a queue of another kind, or one that is gone, is found', () => {
  const [[id, each] = ['', undefined]] = Object.entries(now.resources).filter(
    ([, { type }]) => type === 'AWS::SQS::Queue',
  );
  const { [id]: _, ...rest } = now.resources;
  expect(rest).not.toEqual(before.resources);
  expect({ ...each, fixed: { FifoQueue: 'other' } }).not.toEqual(before.resources[id]);
});
