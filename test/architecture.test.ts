import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const rooms = ['cdk', 'functions', 'shared', 'local', 'cli', 'console', 'docs', 'bench'];

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
  { from: /^shared\/ports\//, mayImport: /^shared\/(contracts|domain|ports)\// },
  {
    from: /^shared\/flow\//,
    mayImport: /^shared\/(contracts\/|domain\/|flow\/|ports\/|(in-flight|lines|stored)\.ts$)/,
  },
  ...adapterRules(),
  { from: /^shared\/runtime\//, mayImport: /^(?!bench\/|cdk\/|cli\/|docs\/|functions\/|local\/)/ },
  {
    from: /^shared\/(in-flight|lines|stored|erased)\.ts$/,
    mayImport: /^(node:|zod$|shared\/(contracts\/|domain\/|ports\/|stored\.ts$))/,
  },
  ...functionRules(),
  {
    from: /^cdk\//,
    mayImport: /^(aws-cdk-lib|constructs$|cdk-nag|zod$|node:|cdk\/|shared\/contracts\/)/,
  },
  // Documents are made of what is told, by whatever room tells it.
  { from: /^docs\//, mayImport: /^(?!local\/|shared\/(aws|duckdb|flow|http|runtime)\/)/ },
  { from: /^local\//, mayImport: /^(?!cdk\/|cli\/)/ },
  // It measures what there is, as the wiring puts it together.
  { from: /^bench\//, mayImport: /^(?!cdk\/|cli\/|docs\/)/ },
  // What it reckons and says is pure; the browser knows the API by its document alone.
  {
    from: /^console\/(fare|words)\//,
    mayImport: /^(yaml$|console\/(api\/schema\.d\.ts$|fare\/|words\/))/,
  },
  {
    from: /^console\/(?!build\.ts)/,
    mayImport: /^(?!(bench|cdk|cli|docs|functions|local|shared)\/|node:)/,
  },
  { from: /^console\/build\.ts$/, mayImport: /^(node:|vite$)/ },
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

/** Each knows the domain and its own library, and none another's. */
function adapterRules(): { from: RegExp; mayImport: RegExp }[] {
  return ['aws', 'duckdb', 'http', 'records', 'schedules', 'secrets'].map((name) => ({
    from: new RegExp(`^shared/${name}/`),
    mayImport: new RegExp(
      `^(?!(bench|cdk|cli|docs|functions|local|shared)/)|^shared/(contracts/|domain/|ports/|(in-flight|lines|stored|erased)\\.ts$|${name}/)`,
    ),
  }));
}

/** What several functions share is flow or runtime: none imports another's. */
function functionRules(): { from: RegExp; mayImport: RegExp }[] {
  return readdirSync(join(root, 'functions')).flatMap((name) => {
    const own = `functions/${name}/|shared/(contracts/|domain/|flow/|ports/|(in-flight|lines|stored)\\.ts$)`;
    const web =
      name === 'api'
        ? 'docs/(openapi|presets|problems)\\.json$|package\\.json$|hono(/|$)|@hono/zod-openapi$|zod$|'
        : '';
    return [
      {
        from: new RegExp(`^functions/${name}/handler\\.ts$`),
        mayImport: new RegExp(`^(functions/${name}/|shared/|hono/aws-lambda$)`),
      },
      { from: new RegExp(`^functions/${name}/`), mayImport: new RegExp(`^(${web}${own})`) },
    ];
  });
}

const files = rooms.flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?<!\.d)\.tsx?$/.test(name) && !/node_modules|^dist\//.test(name))
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

test('every folder of shared/ and bench/ has its line in the architecture', () => {
  const told = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const folders = new Set(
    files.flatMap((file) => /^(?:shared|bench)\/(?:[\w-]+\/)?/.exec(file) ?? []),
  );
  expect([...folders].filter((folder) => folder !== 'shared/' && !told.includes(folder))).toEqual(
    [],
  );
});

test('a file of the flow serves several functions', () => {
  const usersOf = (file: string, seen = new Set<string>()): Set<string> => {
    for (const user of files.filter((each) => importsOf(each).includes(file))) {
      if (seen.has(user)) continue;
      seen.add(user);
      if (user.startsWith('shared/')) usersOf(user, seen);
    }
    return seen;
  };
  const flow = files.filter((file) => file.startsWith('shared/flow/'));
  const lonely = flow.filter((file) => {
    const users = [...usersOf(file)].flatMap(
      (user) => user.match(/^functions\/[^/]+\/|^local\//) ?? [],
    );
    return new Set(users).size < 2;
  });
  expect(lonely).toEqual([]);
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
