/** A platform that keeps its members: what it holds at the end is what a contestant made of it. Tells its port to whom forked it. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { z } from 'zod';

const Body = z.object({
  members: z.array(z.union([z.string(), z.object({ email: z.string(), country: z.string() })])),
});
const members = new Map<string, string>();

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    if (request.method === 'GET') {
      response.end(digest());
      return;
    }
    if (request.method === 'PUT') members.clear();
    else take(request.method === 'DELETE', Body.parse(JSON.parse(Buffer.concat(parts).toString())));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{}');
  });
});

function take(isDelete: boolean, { members: given }: z.infer<typeof Body>): void {
  for (const each of given) {
    if (typeof each === 'string') members.delete(each);
    else if (isDelete) members.delete(each.email);
    else members.set(each.email, each.country);
  }
}

/** The same for the same members. */
function digest(): string {
  const hash = createHash('sha256');
  for (const [email, country] of [...members].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${email} ${country}\n`);
  return JSON.stringify({ members: members.size, digest: hash.digest('hex') });
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') process.send?.(address?.port);
});
process.on('disconnect', () => process.exit());
