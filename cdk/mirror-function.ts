/** One Lambda function: its bundle, role and log, and nothing it was not given. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy, Size, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  CfnFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js';
import { Construct } from 'constructs';
import { type EnvName, env, type FunctionName, functions } from '../shared/contracts/wiring.ts';
import type { Authorities } from './authorities.ts';
import { ownName } from './own-name.ts';
import type { Settings } from './settings.ts';

const project = fileURLToPath(new URL('..', import.meta.url));
const installer = fileURLToPath(new URL('install-duckdb.ts', import.meta.url));

/** Libraries in CommonJS call `require`, which a module does not have. */
const banner =
  "import { createRequire as bundleRequire } from 'node:module';const require = bundleRequire(import.meta.url);";

export interface MirrorFunctionProps {
  readonly name: FunctionName;
  /**
   * The folder that holds `functions/` and `package-lock.json`.
   * @default - the repository
   */
  readonly project?: string | undefined;
  /**
   * Its own messages lead back to it: each settled chunk queues the next. Lambda otherwise takes the seventeenth
   * for a runaway loop and drops it. What ends a run here is the number of its chunks, and its deadline.
   * @default false
   */
  readonly recursive?: boolean;
  /** @default - as the wiring says */
  readonly memoryMb?: number;
  /**
   * Certificate authorities to trust, and where the function finds them.
   * @default - the usual ones
   */
  readonly authorities?: Authorities | undefined;
  readonly settings: Pick<
    Settings,
    | 'tracing'
    | 'metricsBySync'
    | 'reservedConcurrency'
    | 'concurrency'
    | 'functionLogDays'
    | 'vpc'
    | 'allowedPrivateHosts'
    | 'egressProxy'
    | 'egressProxyResolves'
  >;
}

/** Those that pin what a run goes by, and so how many lanes it has. */
const opensRuns: ReadonlySet<FunctionName> = new Set(['start-run', 'sweep', 'api']);

export class MirrorFunction extends Construct {
  readonly lambda: NodejsFunction;
  readonly logGroup: LogGroup;
  private readonly role: Role;

  constructor(scope: Construct, id: string, props: MirrorFunctionProps) {
    super(scope, id);
    const wiring = functions[props.name];
    const reservedConcurrentExecutions = props.settings.reservedConcurrency[props.name];
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What ${props.name} may do`,
    });
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: props.settings.functionLogDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const folder = props.project ?? project;
    this.lambda = new NodejsFunction(this, 'Function', {
      description: `Audience Mirror: ${props.name}`,
      entry: join(folder, 'functions', props.name, 'handler.ts'),
      projectRoot: folder,
      depsLockFilePath: join(folder, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb ?? wiring.memoryMb,
      ...(reservedConcurrentExecutions && { reservedConcurrentExecutions }),
      timeout: Duration.seconds(wiring.timeoutSeconds),
      ephemeralStorageSize: Size.mebibytes(wiring.scratchMb),
      recursiveLoop: props.recursive ? RecursiveLoop.ALLOW : RecursiveLoop.TERMINATE,
      role: this.role,
      logGroup: this.logGroup,
      tracing: props.settings.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      loggingFormat: LoggingFormat.JSON,
      environment: { NODE_OPTIONS: '--enable-source-maps' },
      bundling: bundling(wiring.duckdb),
    });
    this.setEnv(env.stack, ownName(this));
    if (wiring.duckdb) this.setEnv(env.scratch, '/tmp');
    if (props.settings.metricsBySync) this.setEnv(env.metricsBySync, 'true');
    if (opensRuns.has(props.name)) this.setEnv(env.senders, `${props.settings.concurrency.send}`);
    if (props.settings.tracing) this.trace();
    this.sendThrough(props);
    if (props.settings.vpc) this.enter(props.settings.vpc);
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [this.logGroup.logGroupArn]);
  }

  /** The construct of the function itself allows X-Ray's two calls, which know no resources. */
  private trace(): void {
    this.setEnv(env.tracing, 'true');
    Validations.of(this.role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray takes segments for the account, not for a resource.',
    });
  }

  /** All judge destinations, so all are told. */
  private sendThrough({ settings, authorities }: MirrorFunctionProps): void {
    const { allowedPrivateHosts, egressProxy, egressProxyResolves } = settings;
    if (allowedPrivateHosts.length > 0)
      this.setEnv(env.privateHosts, allowedPrivateHosts.join(','));
    if (egressProxy) this.setEnv(env.egressProxy, egressProxy);
    if (egressProxyResolves) this.setEnv(env.egressProxyResolves, 'true');
    if (authorities) {
      this.lambda.addLayers(authorities.layer);
      this.setEnv(env.caBundle, authorities.path);
    }
  }

  /** Its network interfaces: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
  private enter({ subnets, securityGroups }: NonNullable<Settings['vpc']>): void {
    const resource = this.lambda.node.defaultChild;
    if (!(resource instanceof CfnFunction)) throw new Error('A function without a resource.');
    resource.vpcConfig = { subnetIds: subnets, securityGroupIds: securityGroups };
    this.allowPattern(
      networkActions,
      ['*'],
      'Network interfaces have no name before they are made.',
    );
    // Lambda makes the interfaces as it makes the function: the right has to be there by then.
    this.lambda.node.addDependency(this.role);
  }

  setEnv(name: EnvName, value: string): void {
    this.lambda.addEnvironment(name, value);
  }

  /** Allows exactly these actions on exactly these resources. */
  allow(actions: string[], resources: string[]): void {
    this.role.addToPolicy(new PolicyStatement({ actions, resources }));
  }

  /** Allows actions on names that are not known when the stack is made: patterns, each with its reason. */
  allowPattern(actions: string[], patterns: string[], reason: string): void {
    this.allow(actions, patterns);
    for (const pattern of patterns) {
      const finding = flattenCfnReference(Stack.of(this).resolve(pattern));
      Validations.of(this.role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${finding}]`,
        reason,
      });
    }
  }
}

const networkActions = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** The SDK is bundled too, so that what was tested is what runs. DuckDB's native binding can't be. */
function bundling(duckdb: boolean) {
  return {
    format: OutputFormat.ESM,
    target: 'node24',
    mainFields: ['module', 'main'],
    banner,
    minify: false,
    keepNames: true,
    // Maps names and lines only: loading the sources' text too would double what maps add to a cold start.
    sourceMap: true,
    sourcesContent: false,
    logLevel: LogLevel.WARNING,
    bundleAwsSDK: true,
    externalModules: duckdb ? ['@duckdb/*'] : [],
    commandHooks: {
      beforeBundling: () => [],
      beforeInstall: () => [],
      afterBundling: (_project: string, bundle: string) =>
        duckdb ? [`"${process.execPath}" "${installer}" "${bundle}"`] : [],
    },
  };
}
