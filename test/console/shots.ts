/**
 * Takes pictures of each page and state, at two widths and in both themes, into docs/console: `npm run console:shots`. With
 * names after it, of these pages alone; `--to` says another folder.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { inFewColours } from './png.ts';
import { tellStory } from './story.ts';
import { openBrowser, openWorld, type World } from './world.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { to: { type: 'string', default: 'docs/console' } },
});

const widths = [380, 1440];
const themes = ['light', 'dark'] as const;

interface Shot {
  readonly name: string;
  readonly path: string;
  readonly before?: (page: Page) => Promise<unknown>;
}

async function newestRun(world: World, sync: string): Promise<string> {
  const { items } = await world.system().runs.listRuns(sync, 1);
  return items[0]?.id ?? '';
}

async function shotsOf(world: World): Promise<Shot[]> {
  const run = await newestRun(world, 'customers');
  const held = await newestRun(world, 'newsletter');
  const failed = await newestRun(world, 'winback');
  const shots: Shot[] = [
    { name: 'home', path: '/' },
    { name: 'runs', path: '/runs' },
    { name: 'sync-partly', path: '/syncs/customers' },
    { name: 'sync-equal', path: '/syncs/trials' },
    { name: 'sync-held', path: '/syncs/newsletter' },
    { name: 'sync-waiting', path: '/syncs/lapsed' },
    { name: 'sync-new', path: '/syncs/vip' },
    { name: 'sync-long-name', path: '/syncs/loyal' },
    { name: 'run-partly', path: `/syncs/customers/runs/${run}?show=failed` },
    { name: 'run-record', path: `/syncs/customers/runs/${run}?show=failed`, before: openRecord },
    { name: 'run-held', path: `/syncs/newsletter/runs/${held}` },
    { name: 'run-failed', path: `/syncs/winback/runs/${failed}` },
    { name: 'people', path: '/syncs/customers/people', before: findPerson },
    { name: 'settings', path: '/syncs/customers/settings' },
    { name: 'repair', path: '/syncs/customers/repair' },
    { name: 'destinations', path: '/destinations' },
    { name: 'destination', path: '/destinations/crm' },
    { name: 'destination-wrong', path: '/destinations/crm', before: mistype },
    { name: 'presets', path: '/destinations/new' },
    { name: 'preset', path: '/destinations/new?preset=meta' },
    { name: 'sync-form', path: '/syncs/new?destination=crm', before: fillSync },
    { name: 'audit', path: '/audit' },
    { name: 'help', path: '/help/record-failed' },
  ];
  return positionals.length === 0 ? shots : shots.filter(({ name }) => positionals.includes(name));
}

const openRecord = (page: Page) => page.locator('main button[data-row]').first().click();

async function mistype(page: Page): Promise<void> {
  await page.locator('.cm-content').first().click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('{ "members": [$$.records.{ "email": email ? 1 }] }');
  await page.locator('.told-problem').first().waitFor();
}

async function fillSync(page: Page): Promise<void> {
  await page.getByLabel('Name', { exact: true }).fill('Winback');
  await page.getByLabel('Folder').fill('exports/winback/');
  await page.getByRole('checkbox', { name: 'email', exact: true }).check();
  await page.getByLabel("Audience's id at the platform").fill('winback');
  await page.getByLabel("Audience's name").fill('Winback');
  await page.getByText(/rows of the sample can be sent/).waitFor();
}

async function findPerson(page: Page): Promise<void> {
  await page.getByLabel(/Key of the member/).fill('person300@example.com');
  await page.getByRole('button', { name: 'Find', exact: true }).last().click();
}

async function take(browser: Browser, world: World, shots: readonly Shot[]): Promise<void> {
  for (const theme of themes) {
    for (const width of widths) {
      const context = await browser.newContext({
        viewport: { width, height: 900 },
        colorScheme: theme,
        timezoneId: 'Europe/Berlin',
        reducedMotion: 'reduce',
      });
      const page = await context.newPage();
      await page.goto(world.api().console.link() ?? '');
      await page.getByRole('heading', { name: 'Needs you' }).waitFor();
      for (const { name, path, before } of shots) {
        await page.goto(`${world.api().url}${path}`);
        await page.locator('main h1').waitFor();
        await before?.(page);
        await page.waitForTimeout(700);
        const file = join(values.to, `${name}-${width}-${theme}.png`);
        const fullPage = !['run-record', 'run-partly'].includes(name);
        await writeFile(file, inFewColours(await page.screenshot({ fullPage })));
      }
      await context.close();
    }
  }
}

await mkdir(values.to, { recursive: true });
const world = await openWorld();
const browser = await openBrowser();
try {
  await tellStory(world);
  await take(browser, world, await shotsOf(world));
} finally {
  await browser.close();
  await world.close();
}
process.exit(0);
