/** Signing in on AWS: the pages as the template serves them, an issuer of tokens, a real browser. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Synthesised, synthesise } from '../cdk/synthesised.ts';
import { type Edge, startEdge } from './edge.ts';
import { type Issuer, startIssuer } from './issuer.ts';
import { findings } from './visit.ts';
import { destinationOf, openBrowser, openWorld, syncOf, type World } from './world.ts';

let world: World;
let browser: Browser;
let issuer: Issuer;
let edge: Edge;
let stack: Synthesised;

beforeAll(async () => {
  browser = await openBrowser();
  world = await openWorld();
  await world.export('customers', { from: 0, to: 20 });
  await world.save(destinationOf(world, 'crm'), syncOf('customers', 'crm'));
  issuer = await startIssuer(() => edge.url);
  stack = synthesise({
    settings: {
      apiJwt: {
        issuer: issuer.url,
        audience: ['console'],
        readScope: 'mirror/read',
        writeScope: 'mirror/write',
      },
      console: { clientId: 'console', signInOrigins: [] },
    },
  });
  edge = await startEdge({
    stack: () => stack,
    issuer: () => issuer,
    world,
    signIn: () => ({
      issuer: issuer.url,
      clientId: 'console',
      scope: 'openid mirror/write mirror/read',
      readScope: 'openid mirror/read',
    }),
  });
}, 120_000);

afterAll(async () => {
  await browser.close();
  await edge.close();
  await issuer.close();
  await world.close();
});

async function come(path: string) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const wrongs: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy|Trusted ?Type/i.test(message.text())) wrongs.push(message.text());
  });
  await page.goto(`${edge.url}${path}`);
  await page.locator('main h1').waitFor();
  return { page, wrongs, close: () => context.close() };
}

test('whoever is sent to the issuer comes back to the page they wanted, signed in, and no code stays in the address', async () => {
  issuer.next = 'writer';
  const { page, wrongs, close } = await come('/syncs/customers/settings?show=1');
  await page.getByRole('heading', { name: /^No run yet/ }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/syncs/customers/settings');
  expect(page.url()).not.toMatch(/code=|state=/);
  await page.locator('.live').getByText('may write').waitFor();
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.getByRole('heading', { name: 'All 20 changes were delivered.' }).waitFor();
  await page.goto(`${edge.url}/destinations/crm`);
  await page.locator('.cm-content').first().waitFor();
  expect(await findings(page)).toEqual([]);
  expect(wrongs).toEqual([]);
  expect(issuer.wrongs).toEqual([]);
  await close();
});

test('who may not write is asked for less, and reads', async () => {
  issuer.next = 'reader';
  const { page, close } = await come('/');
  await page.locator('.live').getByText('may read').waitFor();
  await close();
});

test('who is refused is told so, and may try again; an answer that nobody asked for signs in nobody', async () => {
  issuer.next = 'nobody';
  const { page, close } = await come('/');
  await page.getByRole('heading', { name: 'The issuer did not sign you in.' }).waitFor();
  issuer.next = 'writer';
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('.live').getByText('may write').waitFor();
  await close();
  issuer.next = 'nobody';
  const forged = await come('/?code=of-somebody-else&state=guessed');
  await forged.page.getByRole('heading', { name: 'The issuer did not sign you in.' }).waitFor();
  expect(await forged.page.evaluate("sessionStorage.getItem('token')")).toBeNull();
  await forged.close();
});
