import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { differences } from '../../cli/diff.ts';
import { readDocuments } from '../../cli/yaml/read.ts';
import { schemaFile } from '../../cli/yaml/schema.ts';
import { destinationYaml, syncYaml } from '../../cli/yaml/write.ts';
import { DestinationInput } from '../../shared/contracts/destination.ts';
import { SyncInput } from '../../shared/contracts/sync.ts';
import fc from '../fast-check.ts';
import faulty from './faulty-files.json' with { type: 'json' };
import { audienceMirror } from './world.ts';

const folder = mkdtempSync(join(tmpdir(), 'mirror-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (text: string) => readDocuments([{ name: 'a.yaml', text }]);

const isValid = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(schemaFile, 'utf8')));
const inSchema = (text: string): boolean[] =>
  parseAllDocuments(text).map((document) => isValid(document.toJS()));

const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }),
  fc.constantFrom(
    'yes',
    '1e3',
    '# no comment',
    'a: b',
    '- x',
    'null',
    ' spaces ',
    '---',
    'it\'s "so"',
  ),
);
const lines = fc.array(text, { minLength: 1, maxLength: 5 }).map((each) => each.join('\n'));
const word = fc.stringMatching(/^[A-Za-z_]\w{0,10}$/).filter((name) => name !== '__proto__');
const few = <T>(value: fc.Arbitrary<T>) => fc.dictionary(word, value, { maxKeys: 3 });
/** Whether a setting is left out, or says what is usual anyway, must make no difference. */
const optional = <T extends object>(settings: T) => fc.record(settings, { requiredKeys: [] });

const action = fc
  .tuple(
    fc.record({ path: text.map((path) => `/${path}`), body: lines }),
    optional({
      method: fc.constantFrom('POST', 'PUT'),
      batchSize: fc.constantFrom(1, 5_000),
      fields: few(optional({ required: fc.boolean(), hash: fc.constantFrom('NONE', 'SHA256') })),
    }),
  )
  .map(([own, more]) => ({ ...own, ...more }));

const destination = fc
  .tuple(
    fc.record({ id: fc.constantFrom('a', 'my-platform'), name: text, baseUrl: text }),
    fc.record({
      actions: optional({ insert: action, update: fc.constant('insert'), delete: action }),
    }),
    optional({
      headers: few(text),
      gzip: fc.boolean(),
      concurrency: fc.constantFrom(1, 2),
      requestsPerSecond: fc.constantFrom(0.5, 1e3),
      authentication: fc.constantFrom({ type: 'none' }, { type: 'apiKey', header: 'x-key' }),
    }),
  )
  .map((parts) => DestinationInput.parse(Object.assign({}, ...parts)));

const sync = fc
  .tuple(
    fc.record({
      id: fc.constant('customers'),
      name: text,
      destination: fc.constant('a'),
      audience: fc.record({ id: text, name: text }),
      source: fc.record({ bucket: fc.constant('my-exports'), prefix: text }),
      key: fc.array(text, { minLength: 1, maxLength: 3 }),
      mappings: few(
        fc.oneof(
          fc.record({ column: text }),
          fc.record({ value: fc.oneof(text, fc.integer(), fc.boolean()) }),
        ),
      ),
    }),
    optional({
      normalise: few(
        fc.constantFrom('email', { rule: 'phone', country: 'US' }, ['trim', 'lowercase']),
      ),
      schedule: fc.constantFrom({ type: 'manual' }, { type: 'basic', every: '1h', from: '00:00' }),
      enabled: fc.boolean(),
      guards: optional({ deletesAbove: fc.constantFrom(0, 100), minimumRows: fc.constant(5) }),
      canary: fc.record({ records: fc.constant(10) }),
    }),
  )
  .map((parts) => SyncInput.parse(Object.assign({}, ...parts)));

describe('YAML', () => {
  test('what is written reads back as the very same, and the schema takes it', () => {
    fc.assert(
      fc.property(destination, sync, (to, of) => {
        const written = `${destinationYaml(to, ['apiKey'], 's.json')}---\n${syncYaml(of, 's.json')}`;
        const found = read(written);
        expect(found.problems).toEqual([]);
        expect(found.destinations.map(({ input }) => input)).toEqual([to]);
        expect(found.syncs.map(({ input }) => input)).toEqual([of]);
        expect(inSchema(written)).toEqual([true, true]);
      }),
      { numRuns: 50 },
    );
  });

  test.each(faulty)('$title', ({ yaml, says }) => {
    const found = read(yaml.join('\n')).problems;
    const told = found.map(
      ({ place, path, code }) => `${place.line}:${place.column} ${path ?? ''} ${code}`,
    );
    expect(told).toEqual(says);
  });

  test('a literal secret is refused, and stands in no message', async () => {
    writeFileSync(
      join(folder, 'secret.yaml'),
      'kind: destination\nid: a\nname: a\nbaseUrl: https://a.example\nactions: {}\nsecretValues: { token: hunter2 }\n',
    );
    const said = await audienceMirror(['validate', '-f', 'secret.yaml'], { cwd: folder });
    expect(said.code).toBe(2);
    expect(said.stderr).toMatch(/^secret\.yaml:6:17: error: secretValues\.token: .*\$\{env:/);
    expect(said.stderr + said.stdout).not.toContain('hunter2');
  });

  test('a fault in a template is told at its own line of the file', async () => {
    const body =
      'actions:\n  insert:\n    path: /x\n    body: |\n      {"members":\n        [$$.records.{"a": $lookup(A)}]}\n';
    writeFileSync(
      join(folder, 'template.yaml'),
      `kind: destination\nid: a\nname: a\nbaseUrl: https://a.example\n${body}---\nkind: sync\nid: s\nname: s\ndestination: a\naudience: { id: x, name: x }\nsource: { bucket: exports, prefix: x }\nkey: [A]\nmappings: { A: { column: A } }\nschedule:\n  type: cron\n  expression: 0 0 31 2 *\n`,
    );
    const said = await audienceMirror(['validate', '-f', 'template.yaml'], { cwd: folder });
    expect(said.stderr).toMatch(/^template\.yaml:10:\d+: error: actions\.insert\.body: /);
    expect(said.stderr).toMatch(/^template\.yaml:22:3: error: schedule\.expression: /m);
    const column = Number(/^template\.yaml:10:(\d+)/.exec(said.stderr)?.[1]);
    expect('        [$$.records.{"a": $lookup(A)}]}'.slice(column - 1)).toMatch(/^\$lookup/);
  });

  test('a destination is checked without a sync, too', async () => {
    const actions = '{ insert: { path: /x, body: \'[$$.records.{"a": $lookup(A)}]\' } }';
    writeFileSync(
      join(folder, 'alone.yaml'),
      `kind: destination\nid: a\nname: a\nbaseUrl: ftp://a.example\nactions: ${actions}\n`,
    );
    const said = await audienceMirror(['validate', '-f', 'alone.yaml'], { cwd: folder });
    expect(said.code).toBe(2);
    expect(said.stderr).toMatch(/^alone\.yaml:4:1: error: baseUrl: /m);
    expect(said.stderr).toMatch(/^alone\.yaml:5:\d+: error: actions\.insert\.body: /m);
  });

  test('the schema that is shipped asks for what the contracts ask for', () => {
    expect(inSchema('kind: sync\nid: x')).toEqual([false]);
    expect(
      inSchema(
        'kind: destination\nid: a\nname: a\nbaseUrl: https://a.example\nactions: {}\nsecretValues: { token: x }',
      ),
    ).toEqual([false]);
  });
});

describe('init', () => {
  const authentications = ['none', 'basic', 'bearer', 'apiKey', 'oauth2'];
  test.each(authentications)('what it writes is valid: %s', async (authentication) => {
    writeFileSync(
      join(folder, 'members.csv'),
      'e-mail,first name,7th,Straße\r\na@example.com,A,1,x\r\n',
    );
    const file = `${authentication}.yaml`;
    const flags = [
      '--base-url',
      'https://api.example.com',
      '--rows',
      'members.csv',
      '--hash',
      'e-mail',
    ];
    const url = ['--token-url', 'https://api.example.com/token', '--client-id', 'me'];
    const wrote = await audienceMirror(
      [
        'init',
        file,
        ...flags,
        ...url,
        '--authentication',
        authentication,
        '--audience',
        'Spring 24',
      ],
      { cwd: folder },
    );
    expect(wrote).toMatchObject({ code: 0, stdout: `Wrote ${file}.\n` });
    const said = await audienceMirror(['validate', '-f', file], { cwd: folder });
    expect(said).toEqual({ code: 0, stdout: '1 destination and 1 sync are valid.\n', stderr: '' });
    expect(inSchema(readFileSync(join(folder, file), 'utf8'))).toEqual([true, true]);
  });

  test('begins with a preset, and says what is left to be filled in', async () => {
    const call = (...argv: string[]) => audienceMirror(argv, { cwd: folder });
    expect(await call('init', '--templates')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('google-customer-match'),
    });
    const begin = (file: string, ...flags: string[]) =>
      call(
        'init',
        file,
        '--template',
        'google-customer-match',
        '--fill',
        'ACCOUNT_ID=1234567890',
        '--fill',
        'CLIENT_ID=me',
        ...flags,
      );
    expect(await begin('half.yaml', '--force')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('fill in <AUDIENCE_ID>'),
    });
    expect(await call('validate', '-f', 'half.yaml')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^half\.yaml:\d+:\d+.*<AUDIENCE_ID>/m),
    });
    expect(await begin('whole.yaml', '--force', '--fill', 'AUDIENCE_ID=77')).toMatchObject({
      code: 0,
    });
    const said = await call('validate', '-f', 'whole.yaml');
    expect(said).toEqual({ code: 0, stdout: '1 destination and 1 sync are valid.\n', stderr: '' });
    expect(inSchema(readFileSync(join(folder, 'whole.yaml'), 'utf8'))).toEqual([true, true]);
    expect(await call('init', '--template', 'nobody')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('linkedin'),
    });
  });

  test('reads the export as the options say, and writes that down', async () => {
    writeFileSync(join(folder, 'odd.csv'), Buffer.from('id;name\n1;Zo\xeb\n\\N;-\n', 'latin1'));
    const how = ['--delimiter', ';', '--encoding', 'latin1', '--null', '\\N', '--null', '-'];
    const wrote = await audienceMirror(
      ['init', 'odd.yaml', '--base-url', 'https://a.example', '--rows', 'odd.csv', ...how],
      { cwd: folder },
    );
    expect(wrote).toMatchObject({ code: 0 });
    const [sync] = read(readFileSync(join(folder, 'odd.yaml'), 'utf8')).syncs;
    expect(sync?.input).toMatchObject({
      mappings: { id: { column: 'id' }, name: { column: 'name' } },
      source: { csv: { delimiter: ';', quote: '"', encoding: 'latin1', null: ['\\N', '-'] } },
    });
  });

  test('says which flag an answer is missing for, and writes over nothing', async () => {
    const init = (...flags: string[]) => audienceMirror(['init', ...flags], { cwd: folder });
    expect(await init('new.yaml', '--base-url', 'https://a.example')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--columns'),
    });
    expect(
      await init('none.yaml', '--base-url', 'https://a.example', '--columns', 'a'),
    ).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--force'),
    });
  });
});

test('differences lead from what is saved to what the file says', () => {
  fc.assert(
    fc.property(destination, destination, (before, after) => {
      const found = differences(before, after);
      expect(found.length === 0).toBe(JSON.stringify(before) === JSON.stringify(after));
      expect(new Set(found.map(({ path }) => path)).size).toBe(found.length);
    }),
  );
});
