/** What a new process of a function starts with. Each gets a scratch folder of its own, as each of Lambda's environments has its own /tmp. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { env as wiredEnv } from '../../../shared/contracts/wiring.ts';
import { functionEnvironment } from './environment.ts';
import type { LogSink } from './log.ts';
import type { ProcessSpec } from './process.ts';

/** Of the checkout, not of a state folder: with a new one the functions would be compiled anew, half of a cold start. */
const compileCache = fileURLToPath(new URL('../../../node_modules/.cache/node', import.meta.url));

export interface FunctionDefinition {
  /** Absolute path of a module that exports `handler(event, context)`. */
  readonly handlerFile: string;
  /** Seconds after which an invocation is killed. */
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** Its environment, besides what Lambda sets. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Machine {
  /** The host's. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface Prepared {
  readonly spec: ProcessSpec;
  /** To be removed when the process has ended. */
  readonly scratch: string;
}

export function preparation(
  functionName: string,
  definition: FunctionDefinition,
  machine: Machine,
  log: LogSink,
): () => Prepared {
  let processes = 0;
  return () => {
    const scratch = join(machine.folder, 'scratch', `${functionName}-${++processes}`);
    mkdirSync(scratch, { recursive: true });
    const input = {
      functionName,
      memoryMb: definition.memoryMb,
      scratch,
      compileCache,
      own: { [wiredEnv.scratch]: scratch, ...definition.env },
    };
    const env = functionEnvironment(input, machine.environment);
    const writeLine = (line: string) => log.write(functionName, line);
    return { scratch, spec: { ...definition, env, writeLine } };
  };
}
