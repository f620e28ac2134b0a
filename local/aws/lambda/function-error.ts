/**
 * Why an invocation failed, in Lambda's own words. At fault is the function's code or its surroundings; whether it is
 * tried again is the caller's to say: a queue's message comes back, an asynchronous invocation is tried twice more.
 */
export class FunctionError extends Error {
  /** The name of what the handler threw, or `Sandbox.Timedout`, `Runtime.ExitError` and the like. */
  readonly errorType: string;
  /** As the function saw it; for its log. */
  readonly trace: string | undefined;

  constructor(errorType: string, message: string, trace?: string) {
    super(message);
    this.name = 'FunctionError';
    this.errorType = errorType;
    this.trace = trace;
  }
}

export const timedOut = (seconds: number) =>
  new FunctionError('Sandbox.Timedout', `Task timed out after ${seconds.toFixed(2)} seconds`);

export const initTimedOut = (seconds: number) =>
  new FunctionError('Sandbox.Timedout', `Init did not end within ${seconds} seconds`);

export const exited = (code: number | null, signal: string | null) =>
  new FunctionError(
    'Runtime.ExitError',
    signal === null
      ? `Runtime exited with error: exit status ${code}`
      : `Runtime exited with error: signal: ${signal}`,
  );

export const hostClosed = () =>
  new FunctionError('Host.Closed', 'The Lambda host was closed before the invocation ended');
