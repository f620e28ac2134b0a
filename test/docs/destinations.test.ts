/** docs/destinations.md and README.md are true: `validate` takes what they show, and each destination sends what stands beneath it. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkDocuments } from '../../cli/yaml/check.ts';
import { readDocuments } from '../../cli/yaml/read.ts';
import { DestinationInput } from '../../shared/contracts/destination.ts';
import { ChangeAction } from '../../shared/contracts/plan.ts';
import { SyncInput } from '../../shared/contracts/sync.ts';
import { preview } from '../../shared/domain/request/preview.ts';
import { recordTools } from '../../shared/records/tools.ts';

const page = readFileSync(new URL('../../docs/destinations.md', import.meta.url), 'utf8');
const tools = { records: recordTools, targets: { allowLoopbackHttp: false } };

function exampleOf(section: string) {
  const [setup = '', ...shown] = section.split(/\nThe request of /);
  const yaml = yamlBlocks(setup);
  const { destinations, syncs } = readDocuments([{ name: 'page.yaml', text: yaml.join('---\n') }]);
  const [destination, sync, rows] = [destinations[0]?.input, syncs[0]?.input, jsonBlocks(setup)[0]];
  return {
    yaml,
    title: section.split('\n', 1)[0] ?? '',
    destination,
    sync,
    rows: rows as [],
    requests: shown.map((text) => ({
      action: ChangeAction.parse(/^`(\w+)`/.exec(text)?.[1]),
      ...requestOf(/```http\n([\s\S]*?)```/.exec(text)?.[1] ?? ''),
      notSent: jsonBlocks(text)[0],
    })),
  };
}

const yamlBlocks = (text: string): string[] =>
  [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']) => yaml);

const jsonBlocks = (text: string): unknown[] =>
  [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']) => JSON.parse(json));

/** As it stands on the page: first line, headers, an empty line, the body. */
function requestOf(text: string) {
  const [head = '', body = ''] = text.trimEnd().split(/\n\n([\s\S]*)/);
  const [first = '', ...headers] = head.split('\n');
  const [method, url] = first.split(' ');
  const named = headers.map((line) => line.split(': ') as [string, string]);
  return {
    method,
    url,
    headers: Object.fromEntries(named),
    body: body === '' ? undefined : JSON.stringify(JSON.parse(body)),
  };
}

const examples = page.split(/\n## /).slice(1).map(exampleOf);

test('there is one for each kind of API', () => {
  expect(examples.map(({ title }) => title)).toEqual([
    'A list of members',
    'A schema and rows',
    'A list of operations',
    'One record in each request',
  ]);
});

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

test.each([...examples, { title: 'README.md', yaml: yamlBlocks(readme) }])(
  '$title: validate takes it as it stands',
  ({ yaml }) => {
    expect(yaml).toHaveLength(2);
    const read = readDocuments([{ name: 'page.yaml', text: yaml.join('---\n') }]);
    expect(read.problems).toEqual([]);
    expect(checkDocuments(read, tools.targets)).toEqual({ problems: [], warnings: [] });
  },
);

describe.each(examples)('$title', ({ destination, sync, rows, requests }) => {
  test('can be saved as it is', () => {
    const { id } = DestinationInput.parse(destination);
    expect(SyncInput.parse(sync).destination).toBe(id);
  });

  test('shows the actions it has', () => {
    const { actions } = DestinationInput.parse(destination);
    const own = Object.entries(actions).flatMap(([name, each]) =>
      each === 'insert' ? [] : [name],
    );
    expect(requests.map(({ action }) => action)).toEqual(own);
  });

  test.each(requests)('$action', ({ action, headers, ...request }) => {
    const shown = preview({ destination, sync, action, rows, tools });
    expect(shown).toMatchObject({ ok: true, ...request, warnings: [] });
    expect(shown.ok && shown.headers).toEqual(headers);
  });
});
