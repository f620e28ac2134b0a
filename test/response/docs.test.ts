/** docs/response-rules.md is true: its examples, its functions, its refusals. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ResponseRuleSources } from '../../shared/contracts/destination.ts';
import { RULE_FUNCTIONS } from '../../shared/domain/response/functions.ts';
import { parseRule, parseRules } from '../../shared/domain/response/parse-rule.ts';
import { RULE_REFUSALS } from '../../shared/domain/response/refusals.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/response-rules.md'), 'utf8');

const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, source = '']) => source,
  );

test.each(blocks('jsonata'))('%s', (source) => {
  expect(parseRule(source)).toMatchObject({ ok: true });
});

test('the first example is a configuration', () => {
  const [first = ''] = blocks('json');
  const { responseRules } = JSON.parse(first);
  expect(parseRules(ResponseRuleSources.parse(responseRules))).toMatchObject({ ok: true });
  expect(blocks('jsonata')).toHaveLength(7);
});

test('the functions are those allowed', () => {
  const listed = page.match(/and the functions\n([\s\S]*?)\. /)?.[1] ?? '';
  expect([...listed.matchAll(/`(\$\w+)`/g)].map(([, name]) => name)).toEqual([
    ...RULE_FUNCTIONS.keys(),
  ]);
});

test('every refusal stands on the page with its message', () => {
  const table = page.split('\n## Refusals\n')[1] ?? '';
  const rows = [...table.matchAll(/^\| `(.*?)` \| (.*) \|$/gm)];
  expect(rows.map(([, code, message = '']) => [code, message.replaceAll('\\|', '|')])).toEqual(
    Object.entries(RULE_REFUSALS),
  );
});
