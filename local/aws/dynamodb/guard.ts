/** Stands before the package that plays DynamoDB, and refuses what only DynamoDB itself would refuse. */
import type { IncomingMessage, RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Refusal, refusalOf } from './rules.ts';

export function asStrict(service: RequestListener): RequestListener {
  return (request, response) => {
    // A client that went away needs no answer.
    request.on('error', () => response.destroy());
    buffer(request).then(
      (body) => {
        const refusal = refusalOf(operationOf(request), parsed(body));
        if (refusal === undefined) {
          // The service listens to a body that has been read already: it is told once more.
          service(request, response);
          request.emit('data', body);
          request.emit('end');
          return;
        }
        response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
        response.end(answerOf(refusal));
      },
      () => response.destroy(),
    );
  };
}

const namespace = 'com.amazonaws.dynamodb.v20120810#';

const answerOf = ({ code, message }: Refusal) =>
  JSON.stringify({ __type: namespace + code, message });

function operationOf({ headers }: IncomingMessage): string {
  return String(headers['x-amz-target'] ?? '').replace(/^.*\./, '');
}

/** What is no JSON is for the service to refuse. */
function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
