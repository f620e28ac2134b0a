/** What others rely on stands in the diff: settings, statuses of runs, the API and the YAML, as the code has them. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { derived, pathOf } from '../../docs/derived.ts';

test.each(Object.entries(derived))('%s is what `npm run schema` writes', (file, text) => {
  const written = readFileSync(pathOf(file), 'utf8');
  expect(text(written) === written, `npm run schema writes ${file} anew; look at its diff`).toBe(
    true,
  );
});
