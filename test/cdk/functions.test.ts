import { expect, test } from 'vitest';
import { env, type FunctionName, functionNames, functions } from '../../shared/contracts/wiring.ts';
import { synthesise } from './synthesised.ts';

const { all, one } = synthesise();
const construct: Record<FunctionName, string> = {
  'start-run': 'StartRun',
  'plan-run': 'PlanRun',
  'send-chunk': 'SendChunk',
  'close-run': 'CloseRun',
  sweep: 'Sweep',
  tidy: 'Tidy',
  api: 'Api',
};
const lambda = (name: FunctionName) => one('AWS::Lambda::Function', `${construct[name]}/Function`);

const table = { [env.table]: '<Storage/Table>' };
const state = { [env.stateBucket]: '<Storage/State>' };
const plan = { [env.planQueue]: '<Queues/Plan>' };
const send = { [env.sendQueue]: '<Queues/Send>' };
const close = { [env.closeQueue]: '<Queues/Close>' };
/** What they may read of the warehouse, and what they never may. */
const sources = {
  [env.stateBucket]: '<Storage/State>',
  [env.logBucket]: '<Storage/Logs>',
  [env.snapshotBuckets]: '',
};
const scratch = { [env.scratch]: '/tmp' };
const alert = { [env.alertBus]: '<Alerts/Bus>' };

const senders = { [env.senders]: '4' };

const schedules = {
  [env.scheduleGroup]: '<Schedules/Group>',
  [env.startFunction]: '<StartRun/Function>',
  [env.scheduleRole]: '<Schedules/Role>',
  [env.startDeadLetters]: '<Schedules/DeadLetters>',
};

const deadLetters = {
  [env.planDeadLetters]: '<Queues/PlanDeadLetters>',
  [env.sendDeadLetters]: '<Queues/SendDeadLetters>',
  [env.closeDeadLetters]: '<Queues/CloseDeadLetters>',
  [env.startDeadLettersUrl]: '<Schedules/DeadLetters>',
};

/** What each function is told: no more than it may use. */
const told: Record<FunctionName, Record<string, string>> = {
  'start-run': { ...table, ...sources, ...plan, ...alert, ...senders },
  'plan-run': { ...table, ...sources, ...plan, ...send, ...close, ...scratch, ...alert },
  'send-chunk': { ...table, ...state, ...send, ...close, [env.secretPrefix]: 'mirror/' },
  'close-run': {
    ...table,
    ...state,
    [env.logBucket]: '<Storage/Logs>',
    ...close,
    ...scratch,
    ...alert,
  },
  sweep: {
    ...table,
    ...sources,
    ...plan,
    ...send,
    ...close,
    ...schedules,
    ...deadLetters,
    ...alert,
    ...senders,
    [env.secretPrefix]: 'mirror/',
  },
  tidy: { ...table, ...state, [env.logBucket]: '<Storage/Logs>' },
  api: {
    ...table,
    ...sources,
    ...plan,
    ...close,
    ...scratch,
    ...alert,
    ...schedules,
    ...senders,
    [env.secretPrefix]: 'mirror/',
    [env.writeScope]: 'audience-mirror/write',
  },
};

test('there is a function for each name of the wiring, and no other', () => {
  const expected = functionNames.map((name) => `${construct[name]}/Function`);
  expect([...all('AWS::Lambda::Function').keys()].sort()).toEqual(expected.sort());
});

test.each(functionNames)('%s runs on arm64 and Node 24, as large as the wiring says', (name) => {
  expect(lambda(name)).toMatchObject({
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    Handler: 'index.handler',
    MemorySize: functions[name].memoryMb,
    Timeout: functions[name].timeoutSeconds,
    EphemeralStorage: { Size: functions[name].scratchMb },
    Role: `<${construct[name]}/Role>`,
  });
});

test.each(functionNames)('%s is told exactly this', (name) => {
  expect(lambda(name).Environment.Variables).toEqual({
    NODE_OPTIONS: '--enable-source-maps',
    [env.stack]: 'mirror',
    ...told[name],
  });
});

test('all that the wiring names is told to someone, but for what is of the embedded run alone, or a choice', () => {
  const names = new Set(Object.values(told).flatMap((each) => Object.keys(each)));
  const { allowLoopback, secretsFile, stack, metricsBySync, tracing, ...more } = env;
  const { privateHosts, caBundle, egressProxy, egressProxyResolves, ...others } = more;
  expect([...names].sort()).toEqual(Object.values(others).sort());
  expect(names).not.toContain(allowLoopback);
  expect(names).not.toContain(secretsFile);
});

test.each(functionNames)('%s writes to a log of its own, kept for a month', (name) => {
  expect(lambda(name).LoggingConfig).toEqual({
    LogFormat: 'JSON',
    LogGroup: `<${construct[name]}/Logs>`,
  });
  expect(one('AWS::Logs::LogGroup', `${construct[name]}/Logs`).RetentionInDays).toBe(30);
});

test('only send-chunk, whose chunks queue their followers, may reach itself again and again', () => {
  const free = functionNames.filter((name) => lambda(name).RecursiveLoop === 'Allow');
  expect(free).toEqual(['send-chunk']);
});

test.each(functionNames)('%s is made after its permissions', (name) => {
  const { dependsOn } = all('AWS::Lambda::Function').get(`${construct[name]}/Function`) ?? {};
  expect(dependsOn).toContain(`${construct[name]}/Role/DefaultPolicy`);
});

test('what works in DuckDB has the memory that is asked for, and only that', () => {
  const large = synthesise({ settings: { memoryMb: 6_000 } });
  const sized = functionNames.filter(
    (name) =>
      large.one('AWS::Lambda::Function', `${construct[name]}/Function`).MemorySize !==
      functions[name].memoryMb,
  );
  expect(sized).toEqual(['plan-run', 'close-run']);
});

// New accounts: 3,008 MB a function, ten executions at once, and none to reserve: ten have to stay unreserved.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
test('a new account can make every function, and its queues leave the API and sweep room to run', () => {
  for (const { properties } of all('AWS::Lambda::Function').values()) {
    expect(properties.MemorySize).toBeLessThanOrEqual(3_008);
    expect(properties).not.toHaveProperty('ReservedConcurrentExecutions');
  }
  const caps = [...all('AWS::Lambda::EventSourceMapping').values()].map(
    ({ properties }) => properties.ScalingConfig.MaximumConcurrency,
  );
  expect(caps.reduce((sum, cap) => sum + cap, 0)).toBeLessThanOrEqual(8);
});

test('an account with room gives each function as much as it is told to', () => {
  const wide = synthesise({
    settings: {
      concurrency: { plan: 5, send: 100, close: 5 },
      reservedConcurrency: { 'send-chunk': 120, api: 10 },
    },
  });
  const reserved = (name: FunctionName) =>
    wide.one('AWS::Lambda::Function', `${construct[name]}/Function`).ReservedConcurrentExecutions;
  expect(functionNames.map(reserved)).toEqual([
    undefined,
    undefined,
    120,
    undefined,
    undefined,
    undefined,
    10,
  ]);
  expect(wide.one('AWS::Lambda::EventSourceMapping', 'SendChunk/Source').ScalingConfig).toEqual({
    MaximumConcurrency: 100,
  });
});

test('each function is told of the ways out that a deployment opens, and trusts its authorities', () => {
  const { one: opened } = synthesise({
    settings: {
      allowedPrivateHosts: ['crm.corp', 'erp.corp'],
      caBundle: 'package.json',
      egressProxy: 'http://proxy.corp:3128',
      egressProxyResolves: true,
    },
  });
  for (const name of functionNames) {
    const made = opened('AWS::Lambda::Function', `${construct[name]}/Function`);
    expect(made.Environment.Variables).toMatchObject({
      [env.privateHosts]: 'crm.corp,erp.corp',
      [env.caBundle]: '/opt/package.json',
      [env.egressProxy]: 'http://proxy.corp:3128',
      [env.egressProxyResolves]: 'true',
    });
    expect(made.Layers).toHaveLength(1);
  }
});
