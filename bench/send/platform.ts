/**
 * A platform that takes every request, and tells its port to the process that forked it. With the argument `reads` it
 * reads each body and looks at its members, the least a platform does; with `drops` it throws away what it gets.
 */
import { createServer } from 'node:http';

const answer = '{"received":true}';
const reads = process.argv.includes('reads');

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  if (reads) request.on('data', (chunk: Buffer) => chunks.push(chunk));
  else request.resume();
  request.on('end', () => {
    const isTaken = !reads || JSON.parse(Buffer.concat(chunks).toString()).members.length > 0;
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
