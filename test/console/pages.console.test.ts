/** Each page in each state: the verdict is there, nothing is wrong with it, and it fits. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tellStory } from './story.ts';
import { findings, overflow, type Visit, visit } from './visit.ts';
import { openBrowser, openWorld, type World } from './world.ts';

let world: World;
let browser: Browser;
const newest = new Map<string, string>();

beforeAll(async () => {
  browser = await openBrowser();
  world = await openWorld();
  await tellStory(world);
  for (const sync of ['customers', 'newsletter', 'winback', 'trials', 'lapsed']) {
    const { items } = await world.system().runs.listRuns(sync, 1);
    newest.set(sync, items[0]?.id ?? '');
  }
}, 300_000);

afterAll(async () => {
  await browser.close();
  await world.close();
});

const runOf = (sync: string) => `/syncs/${sync}/runs/${newest.get(sync)}`;

/** With what its first sentence says: it alone answers the page's question. */
const pages: readonly (readonly [name: string, path: () => string, verdict: RegExp])[] = [
  ['home', () => '/', /^5 of 10 syncs need you\. 2 equal their newest snapshot/],
  ['runs', () => '/runs', /^1 run is open\.$/],
  [
    'a sync that is equal',
    () => '/syncs/trials',
    /^Equal to the newest snapshot, of .* UTC \(.* here\), 12 h ago\.$/,
  ],
  [
    'a sync partly delivered',
    () => '/syncs/customers',
    /^Partly delivered: as of .*, 3 h ago, but for [\d,]+ members\.$/,
  ],
  [
    'a held sync',
    () => '/syncs/newsletter',
    /^Held, nothing was sent\. The snapshot would remove 620 of 1,400 members \(44\.3 %\); 30 % is allowed\.$/,
  ],
  [
    'a sync that waits',
    () => '/syncs/lapsed',
    /^klaviyo has not answered as it should since .* UTC, so sending pauses\./,
  ],
  [
    'a stale sync',
    () => '/syncs/regions',
    /^The platform is as of .*, 2 days ago: there is no newer snapshot\. Look at the export\.$/,
  ],
  [
    'a failed sync',
    () => '/syncs/winback',
    /^The last run failed, and members stay as they were\. .*401/,
  ],
  ['a sync without a run', () => '/syncs/vip', /^No run yet\. The first one adds everybody/],
  ['a sync that is off', () => '/syncs/archive', /^Switched off\. The platform is as of/],
  ['a sync with a long name', () => '/syncs/loyal', /but for 2 members\.$/],
  ['runs of a sync', () => '/syncs/trials/runs', /./],
  ['people', () => '/syncs/customers/people', /./],
  ['settings', () => '/syncs/customers/settings', /./],
  ['repair', () => '/syncs/customers/repair', /./],
  [
    'a run partly delivered',
    () => `${runOf('customers')}?show=failed`,
    /^Partly delivered: [\d,]+ of [\d,]+ changes\. .*102 rows are invalid\.$/,
  ],
  ['a held run', () => runOf('newsletter'), /^Held, nothing was sent\./],
  ['a failed run', () => runOf('winback'), /^Failed: .*401/],
  ['destinations', () => '/destinations', /^3 platforms are configured\.$/],
  ['a destination', () => '/destinations/crm', /^My CRM is used by 2 syncs\.$/],
  ['presets', () => '/destinations/new', /^Which platform is it\?$/],
  ['a preset', () => '/destinations/new?preset=meta', /^Meta/],
  ['a destination from nothing', () => '/destinations/new?preset=none', /^A new destination/],
  ['a new sync', () => '/syncs/new', /^A new sync/],
  ['audit', () => '/audit', /^The last change: local:write created vip\.$/],
  ['help', () => '/help/guard-deletes', /^guard-deletes$/],
];

describe.each([
  { width: 380, theme: 'dark' as const },
  { width: 1440, theme: 'light' as const },
])('at $width px, $theme', (how) => {
  let visited: Visit;
  beforeAll(async () => {
    visited = await visit(browser, world, how);
  });
  afterAll(() => visited.close());

  test.each(pages)('%s', async (_name, path, verdict) => {
    const { page, wrongs, open } = visited;
    await open(path());
    expect((await page.locator('main h1').innerText()).replaceAll('\u00a0', ' ')).toMatch(verdict);
    expect(await findings(page)).toEqual([]);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(wrongs).toEqual([]);
  });

  test('dialogs: find, keys, one record', async () => {
    const { page, wrongs, open } = visited;
    await open('/');
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('menuitem').first().waitFor();
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    if (how.width < 640) {
      await page.getByRole('button', { name: 'More', exact: true }).click();
      const more = page.getByRole('dialog', { name: 'More' });
      await more.getByRole('link', { name: 'Audit' }).waitFor();
      expect(await findings(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await more.waitFor({ state: 'hidden' });
    }
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    expect(await findings(page)).toEqual([]);
    await open(`${runOf('customers')}?show=failed`);
    await page.locator('main [data-row]').last().waitFor();
    await page.locator('main button[data-row]').first().click();
    await page.getByRole('dialog').getByText('Made again').waitFor();
    expect(await findings(page)).toEqual([]);
    expect(wrongs).toEqual([]);
  });
});

test('from the verdict to the words of the platform about one person in three steps', async () => {
  const { page, close } = await visit(browser, world);
  await page.getByRole('link', { name: 'Why: Customers' }).click();
  await page
    .getByRole('button', { name: /^person\d+@example\.com$/ })
    .first()
    .click();
  const record = page.getByRole('dialog');
  await record.getByText('one of these members is not accepted').first().waitFor();
  const request = await record.locator('pre').first().innerText();
  expect(request).toMatch(/^POST http:.*\/audiences\/customers\/members/);
  // What was sent of this person, and of nobody else.
  expect(request.match(/person\d+@example\.com/g)).toHaveLength(1);
  expect(page.url()).not.toContain('example.com');
  await page.keyboard.press('Escape');
  await record.waitFor({ state: 'hidden' });
  expect(await page.evaluate("document.activeElement.hasAttribute('data-row')")).toBe(true);
  await close();
});

test('a person is found in every run by a key that no address has', async () => {
  const { page, open, close } = await visit(browser, world);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await open('/syncs/customers');
  await page.getByLabel(/Key of the member/).fill('person300@example.com');
  await page.keyboard.press('Enter');
  await page.getByRole('table', { name: 'What became of' }).waitFor();
  expect(
    await page.getByRole('table', { name: 'What became of' }).getByRole('row').count(),
  ).toBeGreaterThan(1);
  expect([page.url(), ...asked].filter((url) => /person300/.test(decodeURIComponent(url)))).toEqual(
    [],
  );
  await page.keyboard.press('Escape');
  await page.locator('body').click({ position: { x: 700, y: 5 } });
  await page.keyboard.press('x');
  await expect.poll(() => page.getByText('person300@example.com').count()).toBe(0);
  await close();
});

test('who may only read sees everything, and each button says why it does nothing', async () => {
  const { page, open, close } = await visit(browser, world, { token: world.api().tokens.read });
  await open('/syncs/trials');
  const run = page.getByRole('button', { name: 'Run now' });
  await expect.poll(() => run.getAttribute('aria-disabled')).toBe('true');
  const before = await newestOf('trials');
  await run.focus();
  await page.getByRole('tooltip').waitFor();
  await page.keyboard.press('Enter');
  expect(await newestOf('trials')).toBe(before);
  await close();
});

const newestOf = async (sync: string) => (await world.system().runs.listRuns(sync, 1)).items[0]?.id;

test('nobody there: since when, when it is tried again, and nothing can be changed; then it goes on', async () => {
  const { page, open, close } = await visit(browser, world);
  await open('/syncs/trials');
  await page.route('**/v1/**', (route) => route.abort());
  await page.getByRole('link', { name: 'Runs', exact: true }).first().click();
  await page.getByText(/Audience Mirror is not reached since/).waitFor({ timeout: 60_000 });
  await page.unroute('**/v1/**');
  await page.getByRole('button', { name: 'Try now' }).click();
  await page.getByText(/Audience Mirror is not reached since/).waitFor({ state: 'hidden' });
  await close();
});

test('a link signs in once; another tab of the same browser needs none', async () => {
  const link = world.api().console.link() ?? '';
  const context = await browser.newContext();
  const first = await context.newPage();
  await first.goto(link);
  await first.getByRole('heading', { name: 'Needs you' }).waitFor();
  expect(first.url()).not.toContain('code');
  const second = await context.newPage();
  await second.goto(world.api().url);
  await second.getByRole('heading', { name: 'Needs you' }).waitFor();
  await context.close();
  const stranger = await browser.newPage();
  await stranger.goto(link);
  await stranger.getByRole('heading', { name: /was used before/ }).waitFor();
  await stranger.close();
});
