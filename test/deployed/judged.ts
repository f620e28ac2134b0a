/** Stands in front of a service: a function's call goes through if its role allows it, and is refused as AWS refuses it if not. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { buffer } from 'node:stream/consumers';
import { clientConfig } from '../../local/aws/identity.ts';
import {
  type FunctionName,
  functionNames,
  queueNames,
  queues,
} from '../../shared/contracts/wiring.ts';
import type { Judge } from './grants.ts';
import { type Call, type JudgedService, needsOf, needsOfAbsence } from './needs.ts';
import { answerOfSecrets } from './secrets-manager.ts';

/** Signatures name who calls: each function has its own name as access key. */
const callerOf = ({ headers }: Pick<Call, 'headers'>): string =>
  /Credential=([^/]+)\//.exec(String(headers['authorization']))?.[1] ?? '';

export class Judged {
  readonly #judge: Judge;
  readonly #servers: Server[] = [];

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  /** @param endpoint of the service. @default Secrets Manager's answers are made here */
  async inFrontOf(service: JudgedService, endpoint?: string): Promise<string> {
    const server = createServer((incoming, response) => {
      this.#answer(service, endpoint, incoming, response).catch(() => response.destroy());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#servers.push(server);
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
  }

  async #answer(
    service: JudgedService,
    endpoint: string | undefined,
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { method = '', url = '/', headers } = incoming;
    const body = await buffer(incoming);
    const call = { method, url: new URL(url, 'http://judged'), headers, body };
    const name =
      functionNames.find((each) => each === callerOf(call)) ?? this.#poller(service, call);
    if (name !== undefined && !this.#allows(name, needsOf[service](call))) {
      return refuse(service, response);
    }
    if (endpoint === undefined) {
      const { status, text } = answerOfSecrets(call);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(text);
      return;
    }
    const answer = await forward(endpoint, { ...call, path: url });
    const status = answer.statusCode ?? 500;
    if (name !== undefined && !this.#allows(name, needsOfAbsence(service, call, status))) {
      answer.resume();
      return refuse(service, response);
    }
    response.writeHead(status, answer.headers);
    answer.pipe(response);
  }

  #allows(name: FunctionName, needs: ReturnType<(typeof needsOf)['s3']>): boolean {
    return needs.map((need) => this.#judge.allows(name, need)).every((allowed) => allowed);
  }

  /** Lambda takes a queue's messages with the rights of the function that gets them. */
  #poller(service: JudgedService, call: Call): FunctionName | undefined {
    const operation = String(call.headers['x-amz-target']);
    if (service !== 'sqs' || !/(Receive|Delete)Message/.test(operation)) return undefined;
    const fed = queueNames.find(
      (name) =>
        /-dead/.test(call.body.toString()) === false &&
        call.body.includes(`audience-mirror-${name}`),
    );
    return fed && queues[fed].consumer;
  }
}

async function forward(
  endpoint: string,
  { method, path, headers, body }: Omit<Call, 'url'> & { readonly path: string },
): Promise<IncomingMessage> {
  const { 'transfer-encoding': _, authorization = '', ...others } = headers;
  // Who calls was judged; the service asks for the key of this start.
  const known = String(authorization).replace(
    /Credential=[^/]+\//,
    `Credential=${clientConfig(endpoint).credentials.accessKeyId}/`,
  );
  const outgoing = request(`${endpoint}${path}`, {
    method,
    headers: { ...others, authorization: known, 'content-length': body.length },
  });
  outgoing.end(body);
  const [answer] = await once(outgoing, 'response');
  return answer;
}

function refuse(service: JudgedService, response: ServerResponse): void {
  if (service === 's3') {
    const text = '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';
    response.writeHead(403, { 'content-type': 'application/xml' }).end(text);
    return;
  }
  const type = 'AccessDeniedException';
  response.writeHead(400, {
    'content-type': 'application/x-amz-json-1.0',
    'x-amzn-errortype': type,
  });
  response.end(
    JSON.stringify({ __type: type, message: 'User is not authorized to perform this.' }),
  );
}
