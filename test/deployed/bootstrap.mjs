/**
 * What runs a bundle as AWS's runtime does: it asks the Runtime API for the next invocation, calls the handler, and tells
 * what came of it. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const {
  AWS_LAMBDA_RUNTIME_API: api,
  LAMBDA_TASK_ROOT: root = '',
  _HANDLER: named = '',
} = process.env;
const base = `http://${api}/2018-06-01/runtime`;
const [file, name] = named.split('.');

const told = ({ name: errorType = 'Error', message = '', stack = '' }) => ({
  method: 'POST',
  headers: { 'lambda-runtime-function-error-type': errorType },
  body: JSON.stringify({ errorType, errorMessage: message, stackTrace: stack.split('\n') }),
});

let handler;
try {
  handler = (await import(pathToFileURL(join(root, `${file}.mjs`)).href))[name];
} catch (error) {
  await fetch(`${base}/init/error`, told(error));
  process.exit(1);
}
for (;;) {
  const next = await fetch(`${base}/invocation/next`).catch(() => process.exit(0));
  const id = next.headers.get('lambda-runtime-aws-request-id') ?? '';
  const deadline = Number(next.headers.get('lambda-runtime-deadline-ms'));
  const context = {
    awsRequestId: id,
    invokedFunctionArn: next.headers.get('lambda-runtime-invoked-function-arn'),
    functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'],
    memoryLimitInMB: process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  try {
    const result = await handler(await next.json(), context);
    const body = JSON.stringify(result) ?? 'null';
    await fetch(`${base}/invocation/${id}/response`, { method: 'POST', body });
  } catch (error) {
    await fetch(`${base}/invocation/${id}/error`, told(error));
  }
}
