/** What AWS refuses, the embedded services refuse, with AWS's error; and they take the largest that it takes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embeddedPlace } from './embedded-place.ts';
import { answerTo, holds } from './rule.ts';
import { rules } from './rules.ts';

let place: Awaited<ReturnType<typeof embeddedPlace>>;
beforeAll(async () => {
  place = await embeddedPlace();
});
afterAll(() => place.close());

describe.each([...new Set(rules.map(({ service }) => service))])('the embedded %s', (service) => {
  const own = rules.filter((rule) => rule.service === service);
  test.each(own)('answers $error to $what', async (rule) => {
    const answer = await answerTo(rule, place);
    expect({ answer, holds: holds(rule, answer) }).toEqual({ answer, holds: true });
  });
});
