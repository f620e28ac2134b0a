/**
 * A function's process: imports the handler once, then runs one invocation at a time.
 *
 * It never outlives its host for long: when the host dies, however it dies, the channel closes and the process exits.
 * That takes a turn of the event loop, so a handler that blocks it (an endless loop) goes on until the loop turns; such
 * a one is ended by the next host on the folder, see lambda/leftovers.ts.
 */
import { flushCompileCache } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Answer, Invocation } from './lambda/ipc.ts';

type Handler = (event: unknown, context: object) => unknown;

// Ctrl-C in a terminal reaches the whole process group; when functions end is the host's to say.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0));

const handler = await load(process.argv[2] ?? '');
if (handler !== undefined) {
  process.on('message', (message) => {
    if (isInvocation(message)) void invoke(handler, message).then(tell);
  });
  tell({ kind: 'done', json: 'null' });
}

async function load(file: string): Promise<Handler | undefined> {
  try {
    const module: unknown = await import(pathToFileURL(file).href);
    // At once, as the next process may start before this one ends.
    flushCompileCache();
    if (hasHandler(module)) return module.handler;
    throw new TypeError(`${file} exports no function named handler`);
  } catch (error) {
    tell(failure(error));
    return undefined;
  }
}

async function invoke(handler: Handler, invocation: Invocation): Promise<Answer> {
  try {
    const result = await handler(invocation.event, contextOf(invocation));
    const json = JSON.stringify(result) ?? 'null';
    if (Buffer.byteLength(json) > mostAnswerBytes) return answerTooLarge;
    return { kind: 'done', json };
  } catch (error) {
    return failure(error);
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const mostAnswerBytes = 6_291_556;
const answerTooLarge: Answer = {
  kind: 'failed',
  errorType: 'Function.ResponseSizeTooLarge',
  message: `Response payload size exceeded maximum allowed payload size (${mostAnswerBytes} bytes).`,
};

function contextOf({ requestId, deadline }: Invocation): object {
  const {
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memoryLimitInMB,
    AWS_LAMBDA_LOG_GROUP_NAME: logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
    EMBEDDED_FUNCTION_ARN: invokedFunctionArn,
  } = process.env;
  return {
    awsRequestId: requestId,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn,
    memoryLimitInMB,
    logGroupName,
    logStreamName,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

function failure(error: unknown): Answer {
  if (!(error instanceof Error)) {
    return { kind: 'failed', errorType: typeof error, message: String(error) };
  }
  const { name, message, stack } = error;
  return {
    kind: 'failed',
    errorType: name,
    message,
    ...(stack === undefined ? {} : { trace: stack }),
  };
}

function tell(answer: Answer): void {
  // A host that is gone needs no answer; the failed write shows in the callback instead of being thrown.
  process.send?.(answer, undefined, undefined, () => undefined);
}

function hasHandler(module: unknown): module is { handler: Handler } {
  return (
    typeof module === 'object' &&
    module !== null &&
    'handler' in module &&
    typeof module.handler === 'function'
  );
}

function isInvocation(message: unknown): message is Invocation {
  return typeof message === 'object' && message !== null && 'requestId' in message;
}
