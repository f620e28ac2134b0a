/** A page that is watched: what breaks its policy, its scripts or its accessibility is told. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import type { World } from './world.ts';

export interface Visit {
  readonly page: Page;
  /** What went wrong on the way: breaches of the policy, errors of scripts. */
  readonly wrongs: readonly string[];
  open(path: string): Promise<void>;
  close(): Promise<void>;
}

export interface VisitOptions {
  readonly width?: number;
  readonly theme?: 'light' | 'dark';
  /** Signs in with this instead of the printed link. */
  readonly token?: string;
}

export async function visit(
  browser: Browser,
  world: World,
  { width = 1440, theme = 'light', token }: VisitOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: theme,
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const wrongs: string[] = [];
  page.on('pageerror', ({ message }) => wrongs.push(message));
  page.on('console', (message) => {
    const text = message.text();
    if (/Content Security Policy|Trusted ?Type/i.test(text)) wrongs.push(text);
  });
  const { url, console: pages } = world.api();
  if (token === undefined) await page.goto(pages.link() ?? '');
  else {
    await page.goto(`${url}/theme.js`);
    await page.evaluate(`sessionStorage.setItem('token', '${token}')`);
    await page.goto(url);
  }
  await page.locator('main h1').waitFor();
  return {
    page,
    wrongs,
    async open(path) {
      await page.goto(`${url}${path}`);
      await page.locator('main h1').waitFor();
      await page.waitForSelector('[aria-busy=true]', { state: 'detached' });
    },
    close: () => context.close(),
  };
}

const axe = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/** Serious and critical findings of axe, each with what it is about. */
export async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<Found>('axe.run()');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
    );
}

interface Found {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

/** How much wider the page is than its window: nothing may be. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - innerWidth');
