/**
 * Audience Mirror, for an app of your own, in the order of the flow. What each function may do and is told stands here and
 * nowhere else.
 *
 * ```ts
 * const mirror = new AudienceMirror(this, 'Audiences', { settings: { snapshotBuckets: [{ name: 'exports' }] } });
 * mirror.grantCall(team, 'read');
 * ```
 */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { type IGrantable, ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { env, queueNames } from '../shared/contracts/wiring.ts';
import { Alerts } from './alerts.ts';
import { Api } from './api.ts';
import { authoritiesOf } from './authorities.ts';
import { Console } from './console.ts';
import { MirrorFunction, type MirrorFunctionProps } from './mirror-function.ts';
import { Operations } from './operations.ts';
import { bear, ownName } from './own-name.ts';
import { Queues } from './queues.ts';
import { Schedules } from './schedules.ts';
import { defaultSettings, type Settings } from './settings.ts';
import { Snapshots } from './snapshots.ts';
import { Storage } from './storage.ts';
import { SyncLog } from './sync-log.ts';

export interface AudienceMirrorProps {
  /** What the company decided; the defaults hold for the others. @default - all defaults */
  readonly settings?: Partial<Settings>;
  /**
   * What everything with a name of its own begins with, secrets of destinations among it: 1 to 64 letters, digits and
   * hyphens, and no other's in the account and region.
   * @default - the stack's name and the id
   */
  readonly name?: string;
  /** The folder that holds `functions/` and `package-lock.json`. @default - the repository */
  readonly project?: string;
}

export class AudienceMirror extends Construct {
  /** By the name that the stack's outputs have. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly alerts: Alerts;
  readonly api: Api;
  readonly storage: Storage;
  private readonly startRun: MirrorFunction;

  constructor(scope: Construct, id: string, props: AudienceMirrorProps = {}) {
    super(scope, id);
    const settings = { ...defaultSettings, ...props.settings };
    const { memoryMb, permissionsBoundary } = settings;
    bear(this, props.name ?? `${Stack.of(this).stackName}-${id}`);
    if (permissionsBoundary !== undefined)
      PermissionsBoundary.of(this).apply(
        ManagedPolicy.fromManagedPolicyArn(this, 'Boundary', permissionsBoundary),
      );
    const authorities = authoritiesOf(this, settings.caBundle);
    const functions: MirrorFunction[] = [];
    const make = (
      id: string,
      name: MirrorFunctionProps['name'],
      special: Pick<MirrorFunctionProps, 'recursive' | 'memoryMb'> = {},
    ) => {
      const { project } = props;
      const made = new MirrorFunction(this, id, {
        name,
        ...special,
        project,
        settings,
        authorities,
      });
      functions.push(made);
      return made;
    };

    const storage = new Storage(this, 'Storage', { settings });
    const snapshots = new Snapshots(this, 'Snapshots', { settings, own: storage });
    const queues = new Queues(this, 'Queues', { settings });
    const parts = { make, snapshots, storage, queues };

    const startRun = makeStartRun(parts);
    this.startRun = startRun;
    const planRun = makePlanRun(parts, memoryMb);
    const sendChunk = makeSendChunk(parts);
    const closeRun = makeCloseRun(parts, memoryMb);
    const sweep = makeSweep(parts);
    const tidy = makeTidy(parts);

    queues.feed({ 'plan-run': planRun, 'send-chunk': sendChunk, 'close-run': closeRun });
    const schedules = new Schedules(this, 'Schedules', { startRun, sweep, tidy });
    const api = makeApi(parts, schedules);
    const httpApi = new Api(this, 'HttpApi', { handler: api, settings });

    const { apiJwt, console: pages } = settings;
    const consoleUrl =
      pages && apiJwt
        ? new Console(this, 'Console', {
            settings: { apiJwt, console: pages },
            apiUrl: httpApi.url,
            project: props.project,
          }).url
        : undefined;

    const alerts = new Alerts(this, 'Alerts', { apiUrl: httpApi.url, settings });
    // Each of them may end a run.
    alerts.grantRaise(startRun, planRun, closeRun, sweep, api);
    alerts.wake(sweep);

    const watched = { functions, queues, schedules, httpApi, alerts, sweep, tidy };
    watch(this, settings, watched);
    const syncLog = new SyncLog(this, 'SyncLog', storage);
    this.alerts = alerts;
    this.api = httpApi;
    this.storage = storage;
    this.outputs = {
      LogDatabase: syncLog.database,
      LogWorkGroup: syncLog.workGroup,
      SecretPrefix: `${ownName(this)}/`,
      ...(consoleUrl !== undefined && { ConsoleUrl: consoleUrl }),
      ...outputsOf({ ...watched, storage, startRun }),
    };
  }

  /** May call the API, signed by IAM: look, or change things too. Nobody may where it asks for tokens instead. */
  grantCall(to: IGrantable, access: 'read' | 'write'): void {
    this.api.grantCall(to, access);
  }

  /** May start runs by invoking start-run. */
  grantStart(to: IGrantable): void {
    this.startRun.lambda.grantInvoke(to);
  }

  /** May read the sync logs and have Athena ask them. */
  grantReadLogs(to: IGrantable): void {
    this.storage.logs.grantRead(to, 'sync-logs/*');
    this.storage.key.grantDecrypt(to);
  }
}

interface Made {
  readonly functions: readonly MirrorFunction[];
  readonly queues: Queues;
  readonly schedules: Schedules;
  readonly httpApi: Api;
  readonly alerts: Alerts;
  readonly sweep: MirrorFunction;
  readonly tidy: MirrorFunction;
}

function watch(scope: Construct, settings: Settings, made: Made): void {
  const { queues, deadLetters } = made.queues.list();
  new Operations(scope, 'Operations', {
    ...made,
    queues,
    deadLetters: [...deadLetters, made.schedules.deadLetters],
    apiId: made.httpApi.id,
    settings,
  });
}

const outputsOf = ({
  alerts,
  httpApi,
  storage,
  queues,
  startRun,
  schedules,
}: Made & { readonly storage: Storage; readonly startRun: MirrorFunction }) => ({
  AlertTopicArn: alerts.topic.topicArn,
  AlertBus: alerts.bus.eventBusName,
  AlertDeadLetters: alerts.deadLetters.queueUrl,
  ApiUrl: httpApi.url,
  StateBucket: storage.state.bucketName,
  LogBucket: storage.logs.bucketName,
  KeyArn: storage.key.keyArn,
  TableName: storage.table.tableName,
  PlanQueueUrl: queues.url('plan'),
  SendQueueUrl: queues.url('send'),
  CloseQueueUrl: queues.url('close'),
  StartRunFunction: startRun.lambda.functionName,
  StartRunFunctionArn: startRun.lambda.functionArn,
  StartDeadLettersArn: schedules.deadLetters.queueArn,
  ScheduleGroup: schedules.group.ref,
  ScheduleRoleArn: schedules.role.roleArn,
});

/** What the functions are made of, and by. */
interface Parts {
  readonly make: (
    id: string,
    name: MirrorFunctionProps['name'],
    special?: Pick<MirrorFunctionProps, 'recursive' | 'memoryMb'>,
  ) => MirrorFunction;
  readonly snapshots: Snapshots;
  readonly storage: Storage;
  readonly queues: Queues;
}

const folders = ['runs', 'mirrors'] as const;

function makeStartRun({ make, snapshots, storage, queues }: Parts): MirrorFunction {
  const startRun = make('StartRun', 'start-run');
  snapshots.grantRead(startRun);
  storage.grantTable(startRun, 'PutItem');
  storage.grantState(startRun, { read: ['runs'], write: ['runs'] });
  queues.grantSend(startRun, 'plan');
  return startRun;
}

function makePlanRun(
  { make, snapshots, storage, queues }: Parts,
  memoryMb: number,
): MirrorFunction {
  const planRun = make('PlanRun', 'plan-run', { memoryMb });
  snapshots.grantRead(planRun);
  storage.grantTable(planRun, 'BatchWriteItem');
  storage.grantState(planRun, {
    read: ['runs', 'mirrors', 'erasures'],
    write: ['erasures'],
    upload: ['runs'],
    delete: ['erasures'],
  });
  queues.grantSend(planRun, 'send', 'close');
  queues.grantReturn(planRun, 'plan');
  return planRun;
}

function makeSendChunk({ make, storage, queues }: Parts): MirrorFunction {
  const sendChunk = make('SendChunk', 'send-chunk', { recursive: true });
  storage.grantTable(sendChunk, 'PutItem', 'DeleteItem');
  storage.grantState(sendChunk, { read: ['runs'], write: ['runs'] });
  queues.grantSend(sendChunk, 'send', 'close');
  queues.grantReturn(sendChunk, 'send');
  // It writes a refresh token that took the place of another, before what came with it is used.
  grantSecrets(sendChunk, ['GetSecretValue', 'PutSecretValue']);
  return sendChunk;
}

function makeCloseRun({ make, storage, queues }: Parts, memoryMb: number): MirrorFunction {
  const closeRun = make('CloseRun', 'close-run', { memoryMb });
  storage.grantTable(closeRun, 'DeleteItem');
  storage.grantState(closeRun, {
    read: [...folders, 'history', 'log-keys', 'erasures'],
    write: ['runs', 'history', 'log-keys', 'erasures'],
    upload: ['mirrors'],
    delete: [...folders, 'erasures'],
  });
  storage.grantLogs(closeRun, 'write');
  queues.grantReturn(closeRun, 'close');
  return closeRun;
}

/** It also goes on with starts that died on the way, and so may do all that start-run may. */
function makeSweep({ make, snapshots, storage, queues }: Parts): MirrorFunction {
  const sweep = make('Sweep', 'sweep');
  snapshots.grantRead(sweep);
  storage.grantTable(sweep, 'PutItem', 'DeleteItem');
  storage.grantState(sweep, {
    read: ['runs', 'erasures'],
    write: ['runs', 'erasures'],
    delete: ['erasures'],
  });
  queues.grantSend(sweep, ...queueNames);
  queues.grantDeadLetters(sweep);
  // It signs what webhooks are told.
  grantSecrets(sweep, ['GetSecretValue']);
  return sweep;
}

function makeTidy({ make, storage }: Parts): MirrorFunction {
  const tidy = make('Tidy', 'tidy');
  storage.grantTable(tidy);
  storage.grantState(tidy, { read: [], delete: [...folders, 'log-keys'] });
  storage.grantLogs(tidy, 'tidy');
  return tidy;
}

/** Runs are started and cancelled by the API itself, so it may do all that start-run may. */
function makeApi(
  { make, snapshots, storage, queues }: Parts,
  schedules: Schedules,
): MirrorFunction {
  const api = make('Api', 'api');
  snapshots.grantRead(api);
  storage.grantTable(api, 'PutItem', 'DeleteItem');
  storage.grantState(api, {
    read: ['runs', 'erasures', 'history', 'log-keys'],
    write: ['runs', 'erasures'],
  });
  storage.grantLogs(api, 'read');
  queues.grantSend(api, 'plan', 'close');
  schedules.grantManage(api);
  // It reads a secret only to change a part of it; no answer ever holds a value.
  grantSecrets(api, ['CreateSecret', 'DeleteSecret', 'GetSecretValue', 'PutSecretValue']);
  return api;
}

/** One secret a destination, made while the stack runs: known by the prefix of its name. */
function grantSecrets(to: MirrorFunction, actions: readonly string[]): void {
  const name = ownName(to);
  const pattern = Stack.of(to).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${name}/*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const reason =
    'Destinations are saved while the stack runs; their secrets share its name as prefix.';
  to.allowPattern(
    actions.map((action) => `secretsmanager:${action}`),
    [pattern],
    reason,
  );
  to.setEnv(env.secretPrefix, `${name}/`);
}
