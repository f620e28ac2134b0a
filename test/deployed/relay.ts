/**
 * The Runtime API of one function's environment, as Lambda has it: the host's handler file, which hands each invocation to the
 * process of the bundle and gives back what that says. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const bootstrap = fileURLToPath(new URL('bootstrap.mjs', import.meta.url));

const Context = z.object({
  awsRequestId: z.string(),
  invokedFunctionArn: z.string(),
  getRemainingTimeInMillis: z.custom<() => number>((value) => typeof value === 'function'),
});
const Failure = z.object({ errorType: z.string(), errorMessage: z.string() });

/** The bundle's process that waits for the next invocation. */
let asking = Promise.withResolvers<ServerResponse>();
const answers = new Map<string, PromiseWithResolvers<unknown>>();

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, what, id = '', end] =
    /^\/2018-06-01\/runtime\/(invocation|init)\/([^/]+)(?:\/(\w+))?$/.exec(request.url ?? '') ?? [];
  if (id === 'next') return asking.resolve(response);
  const body: unknown = JSON.parse(await text(request));
  response.writeHead(202).end();
  if (end === 'response') return answers.get(id)?.resolve(body);
  const { errorType, errorMessage } = Failure.parse(body);
  const error = Object.assign(new Error(errorMessage), { name: errorType });
  if (what === 'init') asking.reject(error);
  else answers.get(id)?.reject(error);
}

const server = createServer((request, response) => {
  void answer(request, response);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;
const env = {
  ...process.env,
  AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
  _HANDLER: 'index.handler',
};
const child = spawn(process.execPath, [bootstrap], {
  env,
  stdio: ['ignore', 'inherit', 'inherit'],
});
child.on('exit', (code) => asking.reject(new Error(`The bundle ended with ${code}.`)));
// Ready as Lambda sees it: the first time that the runtime asks.
await asking.promise;

export async function handler(event: unknown, context: unknown): Promise<unknown> {
  const { awsRequestId, invokedFunctionArn, getRemainingTimeInMillis } = Context.parse(context);
  const response = await asking.promise;
  asking = Promise.withResolvers();
  const done = Promise.withResolvers<unknown>();
  answers.set(awsRequestId, done);
  response.writeHead(200, {
    'lambda-runtime-aws-request-id': awsRequestId,
    'lambda-runtime-deadline-ms': Date.now() + getRemainingTimeInMillis(),
    'lambda-runtime-invoked-function-arn': invokedFunctionArn,
  });
  response.end(JSON.stringify(event));
  try {
    return await done.promise;
  } finally {
    answers.delete(awsRequestId);
  }
}
