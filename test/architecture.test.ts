import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const rooms = ['cdk', 'functions', 'shared', 'local', 'cli'];

/** The domain's rooms from the ground up: each may use those before it. */
const domainRooms = [
  'words',
  'run',
  'schedule',
  'template',
  'record',
  'response',
  'platform',
  'request',
  'plan',
  'settings',
];

/** Who may import what, by the room of the importing file; the first that matches counts. */
const rules: readonly { from: RegExp; mayImport: RegExp }[] = [
  { from: /^shared\/contracts\//, mayImport: /^(zod$|shared\/contracts\/)/ },
  ...domainRules(),
  {
    from: /^shared\/((config|engine)-)?ports\.ts$/,
    mayImport: /^shared\/(contracts\/|domain\/|(config|engine)-ports\.ts$)/,
  },
  {
    from: /^shared\/flow\//,
    mayImport: /^shared\/(contracts\/|domain\/|flow\/|ports\.ts$|lines\.ts$)/,
  },
  {
    from: /^shared\/(aws|duckdb|http|records|schedules)\//,
    mayImport: /^(?!cdk\/|functions\/|local\/|shared\/flow\/|shared\/runtime\/)/,
  },
  { from: /^shared\//, mayImport: /^(?!cdk\/|functions\/|local\/)/ },
  {
    from: /^functions\/[^/]+\/handler\.ts$/,
    mayImport: /^(functions\/|shared\/|hono\/aws-lambda$)/,
  },
  {
    from: /^functions\/api\//,
    mayImport:
      /^(hono(\/|$)|@hono\/zod-openapi$|zod$|functions\/|shared\/(contracts\/|domain\/|flow\/|ports\.ts$|lines\.ts$))/,
  },
  {
    from: /^functions\//,
    mayImport: /^(functions\/|shared\/(contracts\/|domain\/|flow\/|ports\.ts$|lines\.ts$))/,
  },
  {
    from: /^cdk\//,
    mayImport: /^(aws-cdk-lib|constructs$|cdk-nag|zod$|node:|cdk\/|shared\/contracts\/)/,
  },
  { from: /^local\//, mayImport: /^(?!cdk\/|cli\/)/ },
  // It talks to the API alone; the one-shot command brings the embedded system along.
  { from: /^cli\//, mayImport: /^(?!cdk\/|functions\/|shared\/(aws|duckdb|flow|http|runtime)\/)/ },
];

function domainRules(): { from: RegExp; mayImport: RegExp }[] {
  return domainRooms.map((room, index) => ({
    from: new RegExp(`^shared/domain/${room}/`),
    mayImport: new RegExp(
      `^(zod$|jsonata$|shared/contracts/|shared/domain/(${domainRooms.slice(0, index + 1).join('|')})/)`,
    ),
  }));
}

const files = rooms.flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.includes('node_modules'),
    )
    .map((name) => `${room}/${name}`),
);

function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  const found = source.matchAll(
    /(?:^|\n)(?:import|export)\s[^;]*?from\s+'([^']+)'|import\('([^']+)'\)/g,
  );
  return [...found].map((match) => {
    const target = match[1] ?? match[2] ?? '';
    return target.startsWith('.') ? relative(root, resolve(root, dirname(file), target)) : target;
  });
}

test('imports point inward', () => {
  const wrong = files.flatMap((file) => {
    const rule = rules.find(({ from }) => from.test(file));
    if (!rule) return [`${file}: no rule says what it may import`];
    return importsOf(file)
      .filter((target) => !rule.mayImport.test(target))
      .map((target) => `${file} imports ${target}`);
  });
  expect(wrong).toEqual([]);
});

test('only the wiring reads the environment', () => {
  const readers = files.filter(
    (file) =>
      /^(shared|functions)\//.test(file) &&
      readFileSync(join(root, file), 'utf8').includes('process.env') &&
      file !== 'shared/runtime/environment.ts',
  );
  expect(readers).toEqual([]);
});
