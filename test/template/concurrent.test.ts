import { expect, test } from 'vitest';
import { compiled, textOf } from './render.ts';

test('1,000 renders at a time of different batches are not mixed up', async () => {
  const renderer = compiled(
    '{"list": $$.connection.id, "members": [$$.records.{"e": e, "n": $number(n)}], "rows": [$$.records.[e]]}',
  );
  const jobs = Array.from({ length: 1000 }, (_, job) => ({
    id: `list-${job}`,
    records: Array.from({ length: 1 + (job % 17) }, (_, index) => ({
      e: `${job}-${index}-${'x'.repeat((job * 31 + index) % 300)}`,
      n: job,
    })),
  }));
  const bodies = await Promise.all(
    jobs.map(async ({ id, records }, job) => {
      // Some at once, some in a later turn, so that they interleave.
      if (job % 3 === 0) await new Promise((done) => setImmediate(done));
      if (job % 7 === 0) await Promise.resolve();
      return renderer.render(records, { id }).body;
    }),
  );
  jobs.forEach(({ id, records }, job) => {
    const rows = records.map(({ e }) => [e]);
    expect(textOf(bodies[job] ?? new Uint8Array())).toBe(
      JSON.stringify({ list: id, members: records, rows }),
    );
  });
});

test('a body stays as it is while others are written', () => {
  const renderer = compiled('[$$.records.e]');
  const first = renderer.render([{ e: 'first' }], {}).body;
  const before = textOf(first);
  for (let index = 0; index < 1000; index++) renderer.render([{ e: `other ${index}` }], {});
  expect(textOf(first)).toBe(before);
});

test('a render within a render writes a body of its own', () => {
  const renderer = compiled('[$$.records.{"a": a, "b": b}]');
  let inner = '';
  const record = {
    a: 'outer',
    get b() {
      inner = textOf(renderer.render([{ a: 'inner', b: 1 }], {}).body);
      return 2;
    },
  };
  expect(textOf(renderer.render([record], {}).body)).toBe('[{"a":"outer","b":2}]');
  expect(inner).toBe('[{"a":"inner","b":1}]');
});
