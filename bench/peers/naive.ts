/** What somebody writes in an hour: every row an object, every body `JSON.stringify`, a kept copy of what was sent. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const [file = '', url = '', kept = ''] = process.argv.slice(2);
const [header = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
const columns = header.split(',');
const now = new Map<string, string>();
for (const line of lines) {
  const cells = line.split(',');
  const row = Object.fromEntries(columns.map((name, at) => [name, cells[at] ?? '']));
  const email = createHash('sha256').update(String(row['email'])).digest('hex');
  now.set(email, JSON.stringify({ email, country: row['country'] }));
}
const before = new Map<string, string>(
  existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : [],
);
const changed = [...now].flatMap(([email, record]) =>
  before.get(email) === record ? [] : [record],
);
const gone = [...before.keys()]
  .filter((email) => !now.has(email))
  .map((email) => JSON.stringify(email));

async function send(method: string, records: readonly string[]): Promise<void> {
  for (let at = 0; at < records.length; at += 1_000) {
    const answer = await fetch(`${url}/members`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: `{"members":[${records.slice(at, at + 1_000).join(',')}]}`,
    });
    if (!answer.ok) throw new Error(`The platform answered ${answer.status}.`);
    await answer.arrayBuffer();
  }
}

await send('DELETE', gone);
await send('POST', changed);
writeFileSync(kept, JSON.stringify([...now]));
