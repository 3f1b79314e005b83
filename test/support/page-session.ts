import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import type { Service } from '../../server/service.ts';
import { launchChromium } from './chromium.ts';
import { startTestService } from './service.ts';

/** A browser and a real service for the tests of a file; each test gets a page of its own. */
export class PageSession {
  readonly #service: Service;
  readonly #browser: Browser;
  readonly #context: BrowserContext;
  #page: Page | undefined;
  #complaints: string[] = [];

  private constructor(service: Service, browser: Browser, context: BrowserContext) {
    this.#service = service;
    this.#browser = browser;
    this.#context = context;
  }

  /** @param settings of the service */
  static async start(settings: Readonly<Record<string, string>>): Promise<PageSession> {
    const [service, browser] = await Promise.all([startTestService(settings), launchChromium()]);
    // Tests answer requests themselves, which a service worker would send past them.
    const context = await browser.newContext({ reducedMotion: 'reduce', serviceWorkers: 'block' });
    return new PageSession(service, browser, context);
  }

  /** The page with the test's model and the server chosen: what the device does has its own test. */
  async open(): Promise<Page> {
    const page = await this.#context.newPage();
    // Sooner than the test's own limit, whose message would not say what was waited for.
    page.setDefaultTimeout(10_000);
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // A refused photo is logged by the browser itself.
      const isRefusal = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isRefusal) complaints.push(message.text());
    });
    this.#page = page;
    this.#complaints = complaints;
    await page.goto(this.#service.url);
    await page.locator('#start-picker').getByText('Test tint').click();
    await page.locator('#start').getByText('Server', { exact: true }).click();
    return page;
  }

  /** Closes the page; gives its errors, among them what the Content-Security-Policy forbids. */
  async close(): Promise<readonly string[]> {
    await this.#page?.close();
    return this.#complaints;
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.#service.stop();
  }
}

/** Mean of a patch between nose and cheek of the shown photo, left of the slider's handle. */
export async function faceColour(page: Page): Promise<{ red: number; green: number }> {
  const slider: Locator = page.locator('compare-slider');
  return cheekOf(await slider.screenshot());
}

/** Mean of the same patch of a picture file. */
export async function cheekOf(file: Buffer): Promise<{ red: number; green: number }> {
  const upright = await sharp(file).rotate().removeAlpha().png().toBuffer();
  const { width, height } = await sharp(upright).metadata();
  const patch = {
    left: Math.round(width * 0.36),
    top: Math.round(height * 0.44),
    width: Math.round(width * 0.06),
    height: Math.round(height * 0.05),
  };
  // stats() looks at its input alone: the patch must be a picture of its own.
  const { channels } = await sharp(await sharp(upright).extract(patch).toBuffer()).stats();
  return { red: channels[0]?.mean ?? Number.NaN, green: channels[1]?.mean ?? Number.NaN };
}

/** Presses the download button. */
export async function download(page: Page) {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download', exact: true }).click(),
  ]);
  const picture = await readFile(await file.path());
  const { format, width, height } = await sharp(picture).metadata();
  return {
    file: picture,
    name: file.suggestedFilename(),
    size: { format, width, height },
  };
}

/** What a screen reader would call the focused control. */
export async function focusedName(page: Page): Promise<unknown> {
  return page.evaluate(`{
    const { activeElement } = document;
    const label = activeElement.ariaLabel ?? activeElement.labels?.[0]?.textContent;
    label?.trim() || activeElement.textContent.trim();
  }`);
}
