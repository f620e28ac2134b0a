import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startPlatform } from '../../local/platform/platform.ts';
import fc from '../fast-check.ts';
import { callAt, METHODS, people } from './platform-client.ts';

const MEMBERS = '/audiences/a/members';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'platform-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

describe('the journal', { timeout: 20_000 }, () => {
  it('holds what was applied, whatever was asked and whatever fault was played', async () => {
    const faults = { ok: true, 500: false, 'drop-after': true, drop: false, 202: true } as const;
    const step = fc.record({
      action: fc.constantFrom('upsert', 'update', 'remove' as const),
      fault: fc.constantFrom('ok', '500', 'drop-after', 'drop', '202' as const),
      // U+2028 and line ends must not cut a line of the journal.
      names: fc.array(fc.constantFrom('a', 'b', 'c\u2028', 'd\n', '__proto__'), { maxLength: 4 }),
      value: fc.jsonValue(),
    });
    const holdsIt = async (steps: (typeof step extends fc.Arbitrary<infer T> ? T : never)[]) => {
      const path = folder();
      const first = await startPlatform({ folder: path });
      const script = steps.map(({ fault }) => (/^\d/.test(fault) ? Number(fault) : fault));
      await callAt(first.url, 'PUT', '/faults', { script });
      const model = new Map<string, unknown>();
      for (const { action, fault, names, value } of steps) {
        const members = names.map((email) => ({ email, value }));
        const body = { members };
        await callAt(first.url, METHODS[action], MEMBERS, body).catch(() => undefined);
        if (!faults[fault]) continue;
        for (const member of JSON.parse(JSON.stringify(members))) {
          if (action === 'remove') model.delete(member.email);
          else if (action === 'upsert' || model.has(member.email)) model.set(member.email, member);
        }
      }
      expect(first.members('a')).toEqual(model);
      await first.close();
      for (let start = 0; start < 2; start++) {
        const again = await startPlatform({ folder: path });
        expect(again.members('a')).toEqual(model);
        await again.close();
      }
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 12 }), holdsIt), { numRuns: 25 });
  });

  it('gives back every answered change after kill -9', async () => {
    const path = folder();
    const source = new URL('../../local/platform/platform.ts', import.meta.url).href;
    const program = `const { startPlatform } = await import(${JSON.stringify(source)});
      console.log((await startPlatform({ folder: ${JSON.stringify(path)} })).url);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
    onTestFinished(() => void child.kill('SIGKILL'));
    const [line] = await once(child.stdout, 'data');
    const url = String(line).trim();
    await callAt(url, 'PUT', '/audiences/a', { identity: 'id' });
    let answered = 0;
    const add = () => {
      const members = [{ id: answered, text: 'x'.repeat(5_000) }];
      return callAt(url, 'POST', MEMBERS, { members });
    };
    const goesOn = () =>
      add()
        .then(() => true)
        .catch(() => false);
    while (await goesOn()) if (++answered === 40) child.kill('SIGKILL');
    expect(answered).toBeGreaterThanOrEqual(40);
    const again = await startPlatform({ folder: path });
    const held = again.members('a').size;
    await again.close();
    expect([answered, answered + 1]).toContain(held);
  });

  it('drops a torn last line, and refuses a damaged one by its number', async () => {
    const path = folder();
    const file = join(path, 'journal.ndjson');
    const add = async (from: number, to: number) => {
      const platform = await startPlatform({ folder: path });
      await callAt(platform.url, 'POST', MEMBERS, { members: people(from, to) });
      await platform.close();
      return [...platform.members('a').values()];
    };
    await add(0, 1);
    await add(1, 3);
    appendFileSync(file, '{"at":1,"audience":"a","do":"remove","members":[{"ema');
    await add(3, 4);
    expect(await add(4, 2_500)).toEqual(people(0, 2_500));
    expect(await add(2_500, 2_501)).toEqual(people(0, 2_501));
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, `${good}{"at":1,"audience":"a","do":"forget"}\n${good}`);
    await expect(startPlatform({ folder: path })).rejects.toThrow(
      /^Line 6 of .*journal\.ndjson is damaged/,
    );
    writeFileSync(file, good);
    expect(await add(2_501, 2_502)).toEqual(people(0, 2_502));
  });
});
