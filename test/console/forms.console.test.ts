/** What an engineer makes and mends in the browser: a destination with its mistakes, a sync, and what two change at once. */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { findings, overflow, type Visit, visit } from './visit.ts';
import { destinationOf, openBrowser, openWorld, syncOf, type World } from './world.ts';

let world: World;
let browser: Browser;
let visited: Visit;
let page: Page;

beforeAll(async () => {
  browser = await openBrowser();
  world = await openWorld();
  await world.export('readers', { from: 0, to: 120 });
  await world.export('customers', { from: 0, to: 40 });
  await world.save(
    destinationOf(world, 'brevo'),
    syncOf('customers', 'brevo', { schedule: { type: 'manual' } }),
  );
  visited = await visit(browser, world);
  page = visited.page;
  page.setDefaultTimeout(15_000);
  page.on('dialog', (dialog) => void dialog.accept());
}, 120_000);

afterAll(async () => {
  expect(visited.wrongs).toEqual([]);
  await browser.close();
  await world.close();
});

/** Until the page got there. */
const soon = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 });

const editor = (within: Page | Locator = page) => within.locator('.cm-content').first();

async function write(text: string, where = editor()): Promise<void> {
  await where.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Backspace');
  await page.keyboard.insertText(text);
}

const request = () => page.getByRole('region', { name: 'What would be sent' }).locator('pre');

async function ask(path: string): Promise<Record<string, unknown>> {
  const { url, tokens } = world.api();
  const headers = { authorization: `Bearer ${tokens.write}` };
  const answer = await fetch(`${url}/v1${path}`, { headers });
  return z.record(z.string(), z.unknown()).parse(await answer.json());
}

async function change(path: string, patch: object): Promise<void> {
  const { url, tokens } = world.api();
  const answer = await fetch(`${url}/v1${path}`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${tokens.write}`,
      'content-type': 'application/merge-patch+json',
      'if-match': '*',
    },
    body: JSON.stringify(patch),
  });
  expect(answer.status).toBe(200);
}

test('a new destination: a mistake is told where it is, and the request is shown once it is mended', async () => {
  await visited.open('/destinations');
  await page.getByRole('link', { name: 'New destination' }).click();
  await page.getByRole('link', { name: 'From nothing' }).click();
  await page.getByLabel('Name', { exact: true }).fill('My new CRM');
  expect(await page.getByLabel('Id', { exact: true }).inputValue()).toBe('my-new-crm');
  await page.getByLabel('Base URL', { exact: true }).fill('http//nowhere');
  await page
    .getByLabel('Base URL', { exact: true })
    .and(page.locator('[aria-invalid=true]'))
    .waitFor();
  await page.getByLabel('Base URL', { exact: true }).fill(world.platform('crm').url);
  await page.getByLabel('Sign-in', { exact: true }).selectOption('none');
  await write('{\n  "members": [$$.records.{ "email": email ? 1 }]\n}');
  await page.locator('.told-problem', { hasText: /^2:\d+/ }).waitFor();
  expect(await page.locator('.cm-wrong').count()).toBe(1);
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press('F8');
  await write('{ "members": [$$.records.{ "email": email, "country": country }] }');
  await soon(() => request().innerText()).toMatch(/"country": "country 1"/);
  expect(await page.locator('.told-problem').count()).toBe(0);
  // The fields' table follows the text.
  const fields = page.getByRole('table', { name: 'Fields of this action' });
  await fields.getByRole('rowheader', { name: 'country' }).waitFor();
  await fields.getByLabel('email: Hash').selectOption('SHA256');
  await soon(() => request().innerText()).toMatch(/"email": "[0-9a-f]{64}"/);
  await fields.getByLabel('email: Hash').selectOption('NONE');
});

test('completion knows the globals, the fields and the functions', async () => {
  await write('{ "members": [$$.records.{ "email": em');
  await page.keyboard.press('Control+Space');
  await page.locator('.cm-tooltip-autocomplete li', { hasText: 'email' }).first().waitFor();
  await write('[$$.connection.');
  await page.keyboard.press('Control+Space');
  await page.locator('.cm-tooltip-autocomplete li', { hasText: 'audienceId' }).first().waitFor();
  await page.keyboard.press('Escape');
  await write('{ "members": [$$.records.{ "email": email, "country": country }] }');
});

test('what is not saved outlives a reload, and leaving it asks', async () => {
  await page.reload();
  await soon(() => page.getByLabel('Name', { exact: true }).inputValue()).toBe('My new CRM');
  await page.getByRole('link', { name: 'Runs', exact: true }).first().click();
  await page.getByRole('dialog', { name: 'Not saved yet' }).waitFor();
  await page.getByRole('button', { name: 'Keep editing' }).click();
  expect(page.url()).toContain('/destinations/new');
});

test('saved, it leads to its sync: source, key and fields are found, a dry run comes first', async () => {
  await page.keyboard.press('Control+s');
  await page.getByRole('heading', { name: /^A new sync/ }).waitFor();
  expect(await ask('/destinations/my-new-crm')).toMatchObject({ version: 1, name: 'My new CRM' });
  await page.getByLabel('Name', { exact: true }).fill('Readers');
  await page.getByLabel('Folder').fill('exports/readers/');
  const sample = page.getByRole('table', { name: 'The first rows of the newest snapshot' });
  await sample.getByText('person0@example.com').waitFor();
  await page.getByRole('checkbox', { name: 'email', exact: true }).check();
  await page.getByLabel("Audience's id at the platform").fill('readers');
  await page.getByLabel("Audience's name").fill('Readers');
  const fields = page.getByRole('table', { name: 'Fields' });
  await soon(() => fields.getByLabel('email: From column').inputValue()).toBe('email');
  await soon(() => fields.getByLabel('country: From column').inputValue()).toBe('country');
  await page.getByText('All 20 rows of the sample can be sent.').waitFor();
  await page.getByLabel('Runs start').selectOption('basic');
  await soon(() => page.getByRole('heading', { name: 'Next times' }).count()).toBe(1);
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Save, and make a dry run' }).click();
  await page.getByRole('heading', { name: /^A run would add 120, update 0/ }).waitFor();
  expect(world.platform('crm').members('readers')).toHaveLength(0);
  expect(await ask('/syncs/readers')).toMatchObject({ enabled: false });
});

test('switched on and run, the platform has them; a template is mended and saved with the request before the eyes', async () => {
  await visited.open('/syncs/readers');
  await page.getByRole('button', { name: 'Run now' }).click();
  await page
    .getByRole('heading', { name: 'All 120 changes were delivered.' })
    .waitFor({ timeout: 60_000 });
  expect(world.platform('crm').members('readers')).toHaveLength(120);
  await visited.open('/destinations/my-new-crm');
  await write('{ "members": [$$.records.{ "email": email, "land": country }] }');
  await soon(() => request().innerText()).toMatch(/"land"/);
  await page.getByText('1 change is not saved').waitFor();
  await page.getByRole('button', { name: 'Save the destination' }).click();
  await page.getByText('1 change is not saved').waitFor({ state: 'detached' });
  expect(await ask('/destinations/my-new-crm')).toMatchObject({ version: 2 });
});

test('one record is tried for real, and its answer shown', async () => {
  await visited.open('/destinations/my-new-crm');
  await page.getByRole('button', { name: 'Try it' }).click();
  const dialog = page.getByRole('dialog', { name: 'Try it with one record' });
  await dialog
    .locator('.cm-content')
    .getByText(/person0@example\.com/)
    .waitFor();
  expect(await findings(page)).toEqual([]);
  await dialog.getByRole('button', { name: /^Send 1 record to My new CRM/ }).click();
  await dialog.getByText('HTTP 200').waitFor();
  await page.keyboard.press('Escape');
});

test('two change one destination: what only one changed is chosen, both stand beside each other, nothing is lost', async () => {
  await visited.open('/destinations/my-new-crm');
  await page.getByLabel('Name', { exact: true }).fill('Named by me');
  await page.getByText('Pace, waiting').click();
  await page.getByLabel('Requests at once').fill('3');
  await change('/destinations/my-new-crm', { name: 'Named by Ada', timeoutSeconds: 12 });
  await page.getByRole('button', { name: 'Save the destination' }).click();
  const both = page.getByRole('dialog', { name: 'Changed by two' });
  await both.getByText('local:write').waitFor();
  expect(await findings(page)).toEqual([]);
  const save = both.getByRole('button', { name: 'Save what is chosen' });
  expect(await save.isDisabled()).toBe(true);
  await both.getByRole('group', { name: 'name' }).getByText('Yours').click();
  await save.click();
  await both.waitFor({ state: 'detached' });
  await soon(() => ask('/destinations/my-new-crm')).toMatchObject({
    name: 'Named by me',
    concurrency: 3,
    timeoutSeconds: 12,
  });
});

test('a sync is changed in its place; YAML of it is pasted into the form', async () => {
  await visited.open('/syncs/customers/settings');
  await page.getByLabel('Hold above removals, % of members').fill('7');
  await page.getByRole('button', { name: 'Copy YAML' }).click();
  const yaml = await page.evaluate<string>('navigator.clipboard.readText()');
  await page.getByRole('button', { name: 'YAML', exact: true }).click();
  const sheet = page.getByRole('dialog', { name: 'The form as YAML' });
  expect(yaml).toContain('deletesShare: 0.07');
  await write(
    yaml.replace('deletesShare: 0.07', 'deletesShare: 0.08'),
    sheet.locator('.cm-content'),
  );
  await sheet.getByRole('button', { name: 'Take it into the form' }).click();
  expect(await page.getByLabel('Hold above removals, % of members').inputValue()).toBe('8');
  await page.keyboard.press('Control+s');
  await soon(() => ask('/syncs/customers')).toMatchObject({ guards: { deletesShare: 0.08 } });
});

test('who may only read sees the forms and their previews, and can change nothing', async () => {
  const reader = await visit(browser, world, { token: world.api().tokens.read, width: 380 });
  await reader.open('/destinations/brevo');
  await reader.page.getByText('1 record sent').waitFor();
  expect(
    await reader.page.getByLabel('Base URL', { exact: true }).getAttribute('readonly'),
  ).not.toBeNull();
  expect(await findings(reader.page)).toEqual([]);
  expect(await overflow(reader.page)).toBeLessThanOrEqual(0);
  expect(reader.wrongs).toEqual([]);
  await reader.close();
});
