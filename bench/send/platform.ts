/**
 * A platform that takes every request, and tells its port to the process that forked it. With the argument `parse` it
 * reads each body as JSON and counts its members, the least a platform must do; without, it drops what it gets.
 */
import { createServer } from 'node:http';

const answer = '{"received":true}';
const parses = process.argv.includes('parse');

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  if (parses) request.on('data', (chunk: Buffer) => chunks.push(chunk));
  else request.resume();
  request.on('end', () => {
    const isTaken = !parses || JSON.parse(Buffer.concat(chunks).toString()).members.length > 0;
    response.writeHead(isTaken ? 200 : 400, {
      'content-type': 'application/json',
      'content-length': answer.length,
    });
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') process.send?.(address?.port);
});
process.on('disconnect', () => process.exit());
