/**
 * A real browser at the console: Chromium without a window. What it complains about, in its console or about a request
 * that fails, is a failure of the test; every page that is looked at is kept as a picture and examined by axe.
 */
import assert from 'node:assert/strict';
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

/** Names a browser; without it the usual names are looked for on the PATH. */
const CHROMIUM = 'LICENSEFLOW_TEST_CHROMIUM';
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const PICTURES = path.resolve(import.meta.dirname, '../../artefacts/console');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Why there is none, where there is none. */
export const NO_CHROMIUM = `No Chromium was found: none of ${NAMES.join(', ')} is on the PATH. Install one (Debian: apt-get install chromium), or name it by ${CHROMIUM}.`;

/** The program, or `null`. */
export function findChromium(): string | null {
  const named = process.env[CHROMIUM];
  if (named !== undefined && named !== '') return named;
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name))).find(isProgram) ?? null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function startChromium(executablePath: string): Promise<Browser> {
  mkdirSync(PICTURES, { recursive: true });
  // A container may have no sandbox for it, and little shared memory.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

const DESK = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
/** What axe finds of these kinds keeps people out. */
const GRAVE = ['serious', 'critical'];

/** Somebody with a browser of their own. */
export class AtTheConsole {
  /** Console errors, script errors, failed requests; each says what and where. */
  readonly complaints: string[] = [];
  /** Answers that the test provokes itself. */
  readonly expected = new Set<number>();

  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
    private readonly url: string,
  ) {
    page.on('console', (message) => {
      const isExpected = [...this.expected].some((status) => message.text().includes(`status of ${status}`));
      if (message.type() === 'error' && !isExpected) this.complaints.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.complaints.push(`script: ${error.message}`));
    page.on('requestfailed', (request) => {
      // Whoever leaves a page ends what it was still asking.
      const why = request.failure()?.errorText ?? '';
      if (why !== 'net::ERR_ABORTED') this.complaints.push(`request: ${request.url()} ${why}`);
    });
    page.on('response', (response) => {
      const isOurs = response.url().startsWith(url);
      if (!isOurs) return;
      if (response.status() >= 400 && !this.expected.has(response.status()))
        this.complaints.push(`answer: ${String(response.status())} ${response.url()}`);
    });
    page.on('request', (request) => {
      const { origin } = new URL(request.url());
      // The sign-in service is a page of its own; what belongs to a page of ours comes from us.
      if (!request.isNavigationRequest() && origin !== new URL(url).origin && page.url().startsWith(url))
        this.complaints.push(`third party: ${request.url()}`);
    });
  }

  static async open(browser: Browser, url: string): Promise<AtTheConsole> {
    // The simulated sign-in service has a certificate that nobody knows.
    const context = await browser.newContext({ viewport: DESK, ignoreHTTPSErrors: true, locale: 'en-GB' });
    return new AtTheConsole(await context.newPage(), context, url);
  }

  async close(): Promise<void> {
    await this.context.close();
  }

  /** Goes there as this person, who is picked at the sign-in service. */
  async signIn(personId: string, to = '/'): Promise<void> {
    await this.page.goto(`${this.url}${to}`);
    await this.pick(personId);
  }

  /** At the sign-in service. */
  async pick(personId: string): Promise<void> {
    await this.page.click(`button[name="user"][value="${personId}"]`);
    await this.page.waitForURL((now) => now.href.startsWith(this.url));
  }

  async go(to: string): Promise<void> {
    await this.page.goto(`${this.url}${to}`);
  }

  /** The session ends without the page knowing. */
  async expire(): Promise<void> {
    await this.context.clearCookies();
  }

  async press(name: string | RegExp): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).first().click();
  }

  async unfold(name: string): Promise<void> {
    await this.page.locator('summary', { hasText: name }).first().click();
  }

  async sees(text: string | RegExp, withinMs = 30_000): Promise<void> {
    await this.page.locator('main').getByText(text).first().waitFor({ timeout: withinMs });
  }

  /** Keeps pictures of the page, on a desk and on a phone, light and dark, and lets axe examine both layouts and schemes. */
  async look(name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await this.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const [device, viewport] of Object.entries({ desk: DESK, phone: PHONE })) {
        await this.page.setViewportSize(viewport);
        await this.page.screenshot({
          path: path.join(PICTURES, `${name}-${device}-${colorScheme}.png`),
          fullPage: true,
        });
        const width = await this.page.evaluate<number>('document.documentElement.scrollWidth');
        assert.ok(width <= viewport.width, `${name} is ${String(width)} px wide on a ${device}`);
        // Colours differ by scheme and layout by device; these two have all four.
        if ((device === 'desk') === (colorScheme === 'light'))
          await this.#examine(`${name}, ${device}, ${colorScheme}`);
      }
    }
    await this.page.setViewportSize(DESK);
    await this.page.emulateMedia({ colorScheme: null });
  }

  async #examine(where: string): Promise<void> {
    // By the protocol of the browser, so that the content security policy of the page stays as it is.
    await this.page.evaluate(AXE);
    const { violations } = await this.page.evaluate<AxeResults>('axe.run()');
    const grave = violations.filter(({ impact }) => GRAVE.includes(impact ?? ''));
    const told = grave.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
    assert.deepEqual(told, [], where);
  }
}
