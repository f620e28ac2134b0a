/**
 * The command line against one system. First docs/getting-started.md: what it says to type is typed, and prints what
 * it shows (`WRITE_DOCS=1` puts it into the page). Then what scripts rely on.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { buckets } from '../../local/aws/identity.ts';
import { startDirect } from '../../local/direct/system.ts';
import { type Platform, startPlatform } from '../../local/platform/platform.ts';
import type { LocalSystem } from '../../local/system.ts';
import { normalised, type Step, stepsOf } from '../docs/document.ts';
import { type Configured, configurationText } from './configuration.ts';
import { audienceMirror, type Said, said, standIn, withText } from './world.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = join(root, 'docs/getting-started.md');
const [start, ...steps] = stepsOf(readFileSync(page, 'utf8'));

const folder = mkdtempSync(join(tmpdir(), 'mirror-cli-'));
const usualPlatform = '127.0.0.1:4700';
let mirror: LocalSystem;
let platform: Platform;

beforeAll(async () => {
  mkdirSync(join(folder, 'bin'));
  // Finds the program of the checkout as npx does, without the second that npx takes.
  standIn(
    join(folder, 'bin', 'npx'),
    `export npm_command=exec; shift 2; exec "${process.execPath}" "${root}cli/audience-mirror.js" "$@"`,
  );
  mirror = await startDirect(join(folder, '.audience-mirror'));
  platform = await startPlatform();
  await mirror.serve();
}, 120_000);
afterAll(async () => {
  await mirror.close();
  await platform.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('docs/getting-started.md', () => {
  test('begins with what starts the system', () => {
    expect(start?.commands).toBe('npm ci\nnpm start\n');
  });

  // Each goes on from what the one before left, so the first that differs tells most.
  test.each(steps)('line $line', { timeout: 120_000 }, async (step) => {
    const printed = await type(step);
    if (process.env['WRITE_DOCS']) writePage(step, printed);
    else expect(normalised(printed)).toBe(normalised(step.prints ?? ''));
  });
});

const hostOf = () => new URL(platform.url).host;

/** Both outputs, as a terminal shows them. */
function type({ commands }: Step): Promise<string> {
  const env = {
    ...process.env,
    NO_COLOR: '1',
    PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
  };
  const script = `exec 2>&1\n${commands.replaceAll(usualPlatform, hostOf())}`;
  return text(spawn('sh', ['-c', script], { cwd: folder, env }).stdout);
}

function writePage({ commands, prints }: Step, printed: string): void {
  if (prints === undefined) return;
  const written = readFileSync(page, 'utf8');
  const at = written.indexOf(`\`\`\`sh\n${commands}`);
  const shown = printed.replaceAll(hostOf(), usualPlatform);
  const rest = written
    .slice(at)
    .replace(/```text\n[\s\S]*?```/, () => `\`\`\`text\n${shown}\`\`\``);
  writeFileSync(page, written.slice(0, at) + rest);
}

const am = (...argv: string[]) => audienceMirror(argv, { cwd: folder });
const amWith = (stdin: string, ...argv: string[]) => audienceMirror(argv, { cwd: folder, stdin });

const emails = (audience: string) => [...platform.members(audience).keys()].sort();

/** Rows of `email,country`; an empty country is an invalid row. */
function membersFile(name: string, rows: readonly string[]): string {
  writeFileSync(join(folder, name), ['email,country', ...rows, ''].join('\n'));
  return name;
}

function configure(settings: Configured): string {
  const file = `${settings.id}.yaml`;
  writeFileSync(join(folder, file), configurationText(platform.url, settings));
  return file;
}

const runId = ({ stdout }: Said): string => /\b[0-9a-z]{26}\b/.exec(stdout)?.[0] ?? '';

describe('what scripts rely on', () => {
  const rows = ['ada@example.com,GB', 'alan@example.com,GB', 'grace@example.com,US'];

  test('a file is saved once: applied again, and exported and applied, it changes nothing', async () => {
    const file = configure({ id: 'books', sync: { guards: { deletesAbove: 1 } } });
    expect(await am('apply', '-f', file)).toEqual(
      said(2, {
        stderr: withText(
          'prefix-empty',
          `snapshot FILE -f ${file}`,
          'Saved before that: destination ',
        ),
      }),
    );
    expect(await am('snapshot', membersFile('books.csv', rows), '-f', file)).toEqual(said(0));
    expect(await am('apply', '-f', file, '--dry-run')).toEqual(
      said(0, { stdout: withText('Dry run, nothing was saved: 1 new, 0 changed, 1 unchanged') }),
    );
    expect(await am('apply', '-f', file)).toEqual(
      said(0, { stdout: withText('Applied: 1 new, 0 changed, 1 unchanged.') }),
    );
    expect(await am('apply', '-f', file)).toEqual(
      said(0, { stdout: withText('Applied: 0 new, 0 changed, 2 unchanged.') }),
    );
    const exported = await am('export');
    expect(await amWith(exported.stdout, 'apply', '-f', '-')).toEqual(
      said(0, { stdout: withText('Applied: 0 new, 0 changed, ') }),
    );
    expect((await am('export')).stdout).toBe(exported.stdout);
    const asJson = JSON.parse((await am('export', '--json')).stdout);
    expect(asJson).toEqual(exported.stdout.split('---\n').map((document) => parse(document)));
    expect(parse((await am('export', 'sync', 'books')).stdout)).toMatchObject({ id: 'books' });
  });

  test('a secret that no request could carry is refused where it comes from', async () => {
    const token = '$' + '{env:PLATFORM_TOKEN}';
    const sealed = { authentication: { type: 'bearer' }, secretValues: { token } };
    const file = configure({ id: 'sealed', destination: sealed });
    for (const [secret, why] of [
      ['', 'is not set'],
      ['first\nsecond', 'line breaks'],
      ['first ', 'spaces at its ends'],
    ] as const) {
      const env = { PLATFORM_TOKEN: secret };
      const refused = await audienceMirror(['apply', '-f', file], { cwd: folder, env });
      expect(refused).toEqual(
        said(2, { stderr: withText('secretValues.token', 'PLATFORM_TOKEN', why) }),
      );
      expect(refused.stderr).not.toContain('first');
    }
  });

  test('the exit code of a run is its outcome', async () => {
    expect(await am('plan', 'books')).toEqual(said(0, { stdout: withText('3 inserts') }));
    expect(emails('books')).toEqual([]);
    expect(await am('run', 'books', '--wait')).toEqual(said(0, { stdout: withText('succeeded') }));
    expect(emails('books')).toHaveLength(3);
    expect(await am('run', 'books', '-w')).toEqual(said(0, { stdout: withText('unchanged') }));
    expect(await am('run', 'books', '-w', '--full')).toEqual(
      said(0, { stdout: withText('3 updates') }),
    );

    await am(
      'snapshot',
      membersFile('books.csv', [...rows, 'eve@example.com,']),
      '--sync',
      'books',
    );
    const warned = await am('run', 'books', '-w');
    expect(warned).toEqual(said(0, { stderr: withText(`logs books ${runId(warned)} --failed`) }));
    expect(warned.stdout).toContain('1 × rows-invalid');

    await am('snapshot', membersFile('books.csv', rows.slice(0, 1)), '--sync', 'books');
    expect(await am('plan', 'books')).toEqual(said(4, { stdout: withText('guard-deletes') }));
    expect(await am('run', 'books', '-w')).toEqual(said(4, { stderr: withText('approve books') }));
    expect(emails('books')).toHaveLength(3);
    expect(await am('logs', 'books')).toEqual(said(0, { stderr: withText('is held and sent') }));
    expect(await am('approve', 'books', '-w')).toEqual(said(0));
    expect(emails('books')).toEqual(['ada@example.com']);
    for (const verb of ['approve', 'cancel'])
      expect(await am(verb, 'books')).toEqual(said(2, { stderr: withText('(run-missing)') }));

    writeFileSync(join(folder, 'wrong.csv'), 'mail\nada@example.com\n');
    await am('snapshot', 'wrong.csv', '--sync', 'books');
    expect(await am('run', 'books', '-w')).toEqual(said(1, { stdout: withText('failed') }));
    expect(await am('run', 'nobody')).toEqual(said(2, { stderr: withText('not-found') }));
    expect((await am('runs', 'books')).stdout.split('\n').slice(1, -1)).toHaveLength(9);
  }, 120_000);

  test('a run that is open keeps others out, and can be cancelled', async () => {
    const destination = { concurrency: 1, requestsPerSecond: 0.5 };
    const file = configure({ id: 'slow', destination });
    const slow = parse(readFileSync(join(folder, file), 'utf8').split('\n---\n')[0] ?? '');
    slow.actions.insert.batchSize = 1;
    configure({ id: 'slow', destination: { ...destination, actions: slow.actions } });
    await am('snapshot', membersFile('slow.csv', rows), '-f', file);
    await am('apply', '-f', file);
    const first = am('run', 'slow', '--wait');
    await expect.poll(() => emails('slow').length, { timeout: 30_000 }).toBeGreaterThan(0);
    for (const wait of [[], ['-w']]) {
      const skipped = await am('run', 'slow', ...wait);
      expect(skipped).toEqual(said(6, { stdout: withText('skipped', 'run-open') }));
    }
    const found = () => mirror.snapshots.list(buckets.snapshots, 'exports/slow/');
    const before = await found();
    const waits = Promise.withResolvers<void>();
    const args = ['mirror', membersFile('slow.csv', rows.slice(0, 1)), '--destination', file];
    const onNote = (text: string) => text.includes('is open: this one begins') && waits.resolve();
    const second = audienceMirror(args, { cwd: folder, onNote });
    await waits.promise;
    expect(await found(), 'what an open run reads').toEqual(before);
    expect(await am('cancel', 'slow')).toEqual(said(0));
    expect(await first).toEqual(said(5, { stdout: withText('cancelled') }));
    expect(await second).toEqual(said(0));
    expect(emails('slow')).toEqual(['ada@example.com']);
  }, 120_000);

  test('logs: each record, filtered, as lines of JSON and as CSV, and followed', async () => {
    await am(
      'snapshot',
      membersFile('books.csv', [rows[1] ?? '', '"eve, ""E""@example.com",']),
      '--sync',
      'books',
    );
    const run = runId(await am('run', 'books', '-w'));
    const all = (await am('logs', 'books', run, '--json')).stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(all).toMatchObject([
      { run, key: 'ada@example.com', action: 'delete', outcome: 'delivered', httpStatus: 200 },
      { run, key: 'alan@example.com', action: 'insert', outcome: 'delivered' },
      {
        run,
        key: 'eve, "E"@example.com',
        action: 'none',
        outcome: 'invalid',
        code: 'field-required',
      },
    ]);
    const csv = (await am('logs', 'books', '--csv', '--failed')).stdout.trimEnd().split('\n');
    expect(csv).toHaveLength(2);
    expect(csv[0]).toMatch(/^run,key,action,outcome,code,reason,/);
    expect(csv[1]).toContain(`${run},"eve, ""E""@example.com",none,invalid,field-required,`);
    const found = async (...filter: string[]) =>
      (await am('logs', 'books', '--json', ...filter)).stdout
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line).key);
    expect(await found('--key', 'alan@example.com')).toEqual(['alan@example.com']);
    expect(await found('--action', 'delete')).toEqual(['ada@example.com']);
    expect(await found('--outcome', 'delivered', '-n', '1')).toEqual(['ada@example.com']);
    expect(await found('--code', 'field-required')).toEqual(['eve, "E"@example.com']);

    const end = new AbortController();
    const started = Promise.withResolvers<void>();
    const followed = audienceMirror(['logs', 'books', '-f', '--outcome', 'delivered'], {
      cwd: folder,
      interruption: end.signal,
      onPrint(text) {
        started.resolve();
        if (text.includes('insert ada@')) end.abort();
      },
    });
    await started.promise;
    await am('snapshot', membersFile('books.csv', rows.slice(0, 2)), '--sync', 'books');
    expect(await am('run', 'books', '-w')).toEqual(said(0));
    const lines = (await followed).stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.split(/ +/).slice(0, 3).join(' '))).toEqual([
      'delivered delete ada@example.com',
      'delivered insert alan@example.com',
      'delivered insert ada@example.com',
    ]);
    expect((await followed).code).toBe(130);
  }, 120_000);

  test('what cannot be taken back wants a word; then an audience goes back, is forgotten, emptied, deleted', async () => {
    const before = runId(await am('runs', 'books', '-n', '1'));
    await am('snapshot', membersFile('books.csv', rows), '--sync', 'books');
    expect(await am('run', 'books', '-w')).toEqual(said(0));
    expect(await am('rollback', 'books', before)).toEqual(said(2, { stderr: withText('--yes') }));
    expect(emails('books')).toHaveLength(3);
    expect(await am('rollback', 'books', before, '--yes', '-w')).toEqual(said(0));
    expect(emails('books')).toEqual(['ada@example.com', 'alan@example.com']);

    expect(await am('reset', 'books')).toEqual(said(2, { stderr: withText('--yes') }));
    expect(await am('reset', 'books', '--yes')).toEqual(said(0));
    expect(await am('run', 'books', '-w')).toEqual(said(0, { stdout: withText('3 inserts') }));

    const otherRequests = configure({
      id: 'books',
      destination: { headers: { 'x-source': 'warehouse' } },
      sync: { guards: { deletesAbove: 1 } },
    });
    expect(await am('apply', '-f', otherRequests)).toEqual(
      said(0, { stderr: withText('(resend-offered)', 'audience-mirror run SYNC --full') }),
    );

    const gone = 'alan@example.com';
    await am(
      'snapshot',
      membersFile(
        'books.csv',
        rows.filter((row) => !row.startsWith(gone)),
      ),
      '--sync',
      'books',
    );
    expect(await am('erase', 'books', gone)).toEqual(said(2, { stderr: withText('--yes') }));
    expect(await am('erase', 'books', gone, '["one", "two"]', '-y')).toEqual(
      said(2, { stderr: withText('Key 2 ', '["value of email"]', 'Nobody was erased') }),
    );
    expect(await am('erase', 'books', `${gone} `, '-y', '-w')).toEqual(
      said(0, {
        stdout: withText('done: 1 member'),
        stderr: withText('capitals and blanks count'),
      }),
    );
    const byteOrderMark = '\uFEFF';
    const list = ['erase', 'books', '--from', '-', '--yes', '--wait'];
    const erased = await amWith(`${byteOrderMark}${gone}\r\n\r\n`, ...list);
    expect(erased).toEqual(
      said(0, { stdout: withText('done: 1 member', '1 delivered'), stderr: '' }),
    );
    expect(erased.stdout + erased.stderr).not.toContain(gone);
    expect(emails('books')).toEqual(['ada@example.com', 'grace@example.com']);
    expect(await am('erase', 'books', 'ada@example.com', '-y', '-w')).toEqual(
      said(2, {
        stdout: withText('refused: 1 member, 1 in the newest snapshot', '--even-if-in-snapshot'),
      }),
    );
    expect((await am('erasures', 'books')).stdout).toMatch(/refused .*\n.* done /);

    expect(await am('adopt', 'books', 'books.csv', '-w')).toEqual(
      said(1, { stdout: withText('adopt-over-members') }),
    );
    expect(await am('reset', 'books', '--yes')).toEqual(said(0));
    expect(await am('adopt', 'books', membersFile('none.csv', []), '-w')).toEqual(
      said(1, { stdout: withText('snapshot-empty'), stderr: '' }),
    );
    const half = membersFile('half.csv', [rows[0] ?? '', ',GB']);
    expect(await am('adopt', 'books', half, '-w')).toEqual(
      said(0, { stdout: withText('1 invalid'), stderr: withText('reset books') }),
    );
    expect(await am('reset', 'books', '--yes')).toEqual(said(0));
    expect(await am('adopt', 'books', 'books.csv', '-w')).toEqual(said(0));
    expect(await mirror.snapshots.list(buckets.snapshots, 'adopted/')).toEqual([]);
    expect(await am('run', 'books', '-w')).toEqual(said(0, { stdout: withText('2 unchanged') }));

    expect(await am('delete', 'destination', 'books-platform')).toEqual(
      said(2, { stderr: withText('destination-used') }),
    );
    expect(await am('delete', 'sync', 'books')).toEqual(
      said(2, { stderr: withText('--members leave', 'audience-mirror empty') }),
    );
    expect(await am('empty', 'books', '-w')).toEqual(said(2, { stderr: withText('--yes') }));
    expect(emails('books')).toHaveLength(2);
    expect(await am('delete', 'sync', 'books', '--members', 'empty')).toEqual(said(0));
    expect(emails('books')).toEqual([]);
    expect(await am('delete', 'destination', 'books-platform')).toEqual(said(0));
    expect(await am('delete', 'sync', 'books')).toEqual(said(2, { stderr: withText('not-found') }));

    expect(await am('delete', 'sync', 'slow', '--members', 'leave')).toEqual(said(0));
    expect(emails('slow').length).toBeGreaterThan(0);
  }, 120_000);

  test('mirror: one command on the system that runs; what is refused is printed, and mended it is sent', async () => {
    const file = configure({ id: 'shop', sync: { guards: { deletesAbove: 1 } } });
    const [destination = ''] = readFileSync(join(folder, file), 'utf8').split('\n---\n');
    writeFileSync(join(folder, 'shop-platform.yaml'), destination);
    const once = (...more: string[]) =>
      am('mirror', 'buyers.csv', '--key', 'email', '--destination', 'shop-platform.yaml', ...more);
    membersFile('buyers.csv', [...rows, 'eve@example.com,']);
    expect(await once('--preview')).toEqual(
      said(0, { stdout: withText('POST ', 'alan@example.com') }),
    );
    expect(await once('--dry-run')).toEqual(said(0, { stdout: withText('3 inserts') }));
    expect(emails('buyers')).toEqual([]);
    expect(await once()).toEqual(
      said(0, { stdout: withText('invalid   eve@example.com  field-required') }),
    );
    expect(emails('buyers')).toHaveLength(3);
    membersFile('buyers.csv', [...rows.slice(1), 'eve@example.com,DE']);
    expect(await once()).toEqual(
      said(0, { stdout: withText('1 insert, 0 updates, 1 delete, 2 unchanged') }),
    );
    expect(emails('buyers')).toEqual(['alan@example.com', 'eve@example.com', 'grace@example.com']);
    expect(await once()).toEqual(said(0, { stdout: withText('unchanged') }));
    expect(await once('--audience', 'others')).toEqual(said(0, { stdout: withText('3 inserts') }));
    expect(emails('buyers')).toHaveLength(3);
    const guarded = () => am('mirror', 'buyers.csv', '--destination', file);
    expect(await guarded()).toEqual(said(0));
    membersFile('buyers.csv', rows.slice(0, 1));
    expect(await guarded()).toEqual(
      said(4, { stderr: withText('Nothing was sent', 'while npm start runs', 'approve shop') }),
    );
  }, 120_000);
});
