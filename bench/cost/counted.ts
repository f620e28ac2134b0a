/** The calls that functions make of AWS, counted on their way by what they cost: units of the table, classes of the object store. */
import { createServer, type IncomingMessage, request as open } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Service } from '../../local/aws/index.ts';
import { listening } from '../../local/loopback.ts';

export interface Calls {
  /** By service: how often it was called. */
  readonly calls: Record<Service, number>;
  /** Units of 1 KB written, and of 4 KB read, by the bytes that went over the wire: rather too many than too few. */
  writes: number;
  reads: number;
  puts: number;
  gets: number;
}

export const noCalls = (): Calls => ({
  calls: { dynamodb: 0, s3: 0, sqs: 0, scheduler: 0, events: 0 },
  writes: 0,
  reads: 0,
  puts: 0,
  gets: 0,
});

/** A relay in front of a service; `into` says what its calls are added to at this moment. */
export async function counting(service: Service, endpoint: string, into: () => Calls) {
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const answer = open(new URL(request.url ?? '/', endpoint), {
      method: request.method,
      headers: request.headers,
    });
    answer.on('error', () => response.destroy());
    answer.on('response', async (given) => {
      const said = await buffer(given);
      count(into(), service, request, body.length, said.length);
      response.writeHead(given.statusCode ?? 500, given.headers);
      response.end(said);
    });
    answer.end(body);
  });
  return listening(server);
}

const units = (bytes: number, size: number) => Math.max(1, Math.ceil(bytes / size));

function count(
  found: Calls,
  service: Service,
  { method, url = '', headers }: IncomingMessage,
  sent: number,
  received: number,
): void {
  const operation = String(headers['x-amz-target'] ?? '').replace(/^.*\./, '');
  // A receive finds nothing for most of the time; what polling costs is reckoned by the clock.
  if (operation === 'ReceiveMessage') return;
  found.calls[service] += 1;
  if (service === 'dynamodb') {
    if (/^(Get|Query|BatchGet|Scan)/.test(operation)) found.reads += units(received, 4_096);
    else found.writes += units(sent, 1_024);
  }
  if (service !== 's3' || method === 'DELETE' || url.includes('?delete')) return;
  if (method === 'HEAD' || (method === 'GET' && !url.includes('list-type'))) found.gets += 1;
  else found.puts += 1;
}
