/** One process of a function: started, given one invocation at a time, ended. */
import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { exited, FunctionError, initTimedOut, timedOut } from './function-error.ts';
import { Answer, type Invocation } from './ipc.ts';
import { splitLines } from './log.ts';

export interface ProcessSpec {
  readonly handlerFile: string;
  /** All it sees of the environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** Takes each line of its standard output and error. */
  readonly writeLine: (line: string) => void;
}

/** Lambda's own limit is 10 s; a laptop under load may need more. */
const initSeconds = 30;
/** How long a process that was asked to end may take before it is killed. */
const endMs = 2_000;
/** How long after its end the last lines of a process may take to arrive. */
const lastLineMs = 200;
const childFile = fileURLToPath(new URL('../lambda-child.ts', import.meta.url));

interface Exchange {
  resolve(result: unknown): void;
  reject(error: FunctionError): void;
}

export class FunctionProcess {
  /** Undefined where it could not be started at all. */
  readonly pid: number | undefined;
  /** Resolves when the process is gone and its last line was read; never rejects. */
  readonly gone: Promise<void>;
  readonly #child: ChildProcess;
  readonly #spec: ProcessSpec;
  #exchange: Exchange | undefined;
  /** Why it was killed, when we did it. */
  #cause: FunctionError | undefined;
  #alive = true;

  constructor(spec: ProcessSpec) {
    this.#spec = spec;
    this.#child = fork(childFile, [spec.handlerFile], {
      env: spec.env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // As Lambda does, leave a tenth for what is not JavaScript's heap.
      execArgv: [`--max-old-space-size=${Math.floor(spec.memoryMb * 0.9)}`],
    });
    this.pid = this.#child.pid;
    this.#child.on('message', (message) => this.#answered(message));
    this.gone = this.#watch();
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Until the handler is imported. @throws FunctionError */
  async ready(): Promise<void> {
    await this.#expectAnswer(initSeconds * 1_000, initTimedOut(initSeconds));
  }

  /** @throws FunctionError, only after the process is gone where it was killed: who hears of a time-out has nobody to fear. */
  run(requestId: string, event: unknown): Promise<unknown> {
    const { timeoutSeconds } = this.#spec;
    const timeoutMs = timeoutSeconds * 1_000;
    const answer = this.#expectAnswer(timeoutMs, timedOut(timeoutSeconds));
    const invocation: Invocation = { requestId, event, deadline: Date.now() + timeoutMs };
    // A channel that is closed belongs to a process about to exit: that is what is reported.
    if (this.#child.connected) this.#child.send(invocation, () => undefined);
    return answer;
  }

  /** Ends it in order, when it is idle. */
  async end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), endMs);
    await this.gone;
    clearTimeout(timer);
  }

  kill(cause: FunctionError): void {
    this.#cause ??= cause;
    this.#child.kill('SIGKILL');
  }

  async #expectAnswer(timeoutMs: number, late: FunctionError): Promise<unknown> {
    if (!this.#alive) throw this.#cause ?? exited(this.#child.exitCode, this.#child.signalCode);
    const timer = setTimeout(() => this.kill(late), timeoutMs);
    try {
      return await new Promise((resolve, reject) => {
        this.#exchange = { resolve, reject };
      });
    } finally {
      clearTimeout(timer);
      this.#exchange = undefined;
    }
  }

  #answered(message: unknown): void {
    // Killed for being late: an answer that crossed the kill comes too late as well.
    if (this.#cause !== undefined) return;
    const answer = Answer.safeParse(message);
    if (!answer.success) return;
    if (answer.data.kind === 'done') {
      this.#exchange?.resolve(JSON.parse(answer.data.json));
    } else {
      const { errorType, message: text, trace } = answer.data;
      this.#exchange?.reject(new FunctionError(errorType, text, trace));
    }
  }

  async #watch(): Promise<void> {
    const outputs = [this.#child.stdout, this.#child.stderr].filter((stream) => stream !== null);
    const lastLines = outputs.map((stream) => splitLines(stream, this.#spec.writeLine));
    await new Promise<void>((resolve) => {
      const ended = (error: FunctionError) => {
        this.#alive = false;
        this.#exchange?.reject(error);
        resolve();
      };
      this.#child.on('error', ({ message }) => {
        if (this.pid === undefined) ended(new FunctionError('Runtime.StartError', message));
      });
      this.#child.once('exit', (code, signal) => ended(this.#cause ?? exited(code, signal)));
    });
    // Whatever the handler started in turn may hold its output open; that is not waited for.
    await Promise.race([Promise.all(lastLines), sleep(lastLineMs, undefined, { ref: false })]);
  }
}
