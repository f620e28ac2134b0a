/**
 * What a function sees of the environment: what it was given, what Lambda gives, and the little a process needs of the
 * machine it runs on. Nothing of the machine's AWS set-up comes through, so no function can reach a real account.
 */
import { devNull } from 'node:os';
import { credentials, functionArn, region } from '../identity.ts';

/** Taken from the machine, where they are set. */
const passedOn = [
  'PATH',
  'HOME',
  'LANG',
  'LD_LIBRARY_PATH',
  'NODE_EXTRA_CA_CERTS',
  // Windows does not start a process without these.
  'SystemRoot',
  'USERPROFILE',
];

/** Nothing listens there: a call to a service that is not embedded fails at once, and nothing of it leaves the machine. */
const nowhere = 'http://127.0.0.1:9';

export interface EnvironmentInput {
  readonly functionName: string;
  readonly memoryMb: number;
  /** This process's own scratch folder. */
  readonly scratch: string;
  /** Where Node keeps compiled code for the next cold start. */
  readonly compileCache: string;
  /** The function's own; wins over all others. */
  readonly own: Readonly<Record<string, string>>;
}

export function functionEnvironment(
  input: EnvironmentInput,
  machine: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return { ...fromMachine(machine), ...fromLambda(input), ...input.own };
}

function fromMachine(
  machine: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const taken: Record<string, string> = {};
  for (const name of passedOn) {
    const value = machine[name];
    if (value !== undefined) taken[name] = value;
  }
  return taken;
}

function fromLambda(input: EnvironmentInput): Record<string, string> {
  return {
    TZ: 'UTC',
    TMPDIR: input.scratch,
    TEMP: input.scratch,
    TMP: input.scratch,
    NODE_COMPILE_CACHE: input.compileCache,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_ENDPOINT_URL: nowhere,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: input.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(input.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${input.functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'embedded',
    EMBEDDED_FUNCTION_ARN: functionArn(input.functionName),
  };
}
