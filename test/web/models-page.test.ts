import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { packageFolder } from '../../server/paths.ts';
import type { Service } from '../../server/service.ts';
import { readCard } from '../../web/gallery/card-sections.ts';
import { lacksChromium, launchChromium } from '../support/chromium.ts';
import { startTestService } from '../support/service.ts';

const SHIPPED = join(packageFolder(), 'models');

test('a card is read into its parts, without its tables', () => {
  const card = '# Name\n\nWhat `it` does.\n\n## Data\n\n| a |\n|---|\n\n- one\n- two\n\nAn end.\n';
  expect(readCard(card)).toEqual([
    { title: 'Name', paragraphs: ['What it does.'], items: [] },
    { title: 'Data', paragraphs: ['An end.'], items: ['one', 'two'] },
  ]);
});

// The page is the one in dist/web: `npm test` builds it first.
describe.skipIf(lacksChromium)("the models' page", () => {
  let service: Service;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    [service, browser] = await Promise.all([
      startTestService({ DM_MODEL_REPO: SHIPPED }),
      launchChromium(),
    ]);
  });
  afterAll(async () => {
    await browser.close();
    await service.stop();
  });
  beforeEach(async () => {
    // The policy of the page lets no test put axe into it otherwise.
    const context = await browser.newContext({ bypassCSP: true });
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
  });
  afterEach(async () => {
    await page.context().close();
    expect(complaints).toEqual([]);
  });

  test('tells of each model what it does, how well, for whom worse, and its licence', async () => {
    await page.goto(`${service.url}/models.html#masculine`);
    const card = page.getByRole('article', { name: /^Masculine, version \d+$/ });
    await card.getByRole('heading', { name: 'How well it works' }).waitFor();
    for (const title of ['Samples', 'Limits', 'Bias', 'Consent', 'Data', 'Licence']) {
      expect(await card.getByRole('heading', { name: title, exact: true }).count()).toBe(1);
    }
    expect(await card.textContent()).toContain('FairFace');
    expect(await card.getByRole('img').count()).toBe(4);
    const rows = card.getByRole('row', { name: /^Black \d+ [\d.]+ % [\d.]+ %$/ });
    expect(await rows.count()).toBe(1);
    expect(await page.evaluate('scrollY')).toBeGreaterThan(1000);
    const detector = page.getByRole('article', { name: /^Face detector/ });
    expect(await detector.textContent()).toContain('Apache-2.0');
    const link = card.getByRole('link', { name: 'Full card, with every figure' });
    const response = await page.request.get(
      new URL((await link.getAttribute('href')) ?? '', page.url()).href,
    );
    expect(response.headers()['content-type']).toContain('text/plain');
  });

  test('shows samples that differ where the model changes a face', async () => {
    await page.goto(`${service.url}/models.html`);
    await page.locator('#feminine canvas').first().waitFor();
    const changes = await page.evaluate<number[]>(`
      [...document.querySelectorAll('#feminine canvas')].map((canvas) => {
        const half = canvas.width / 2;
        const context = canvas.getContext('2d');
        const [before, after] = [0, half].map(
          (x) => context.getImageData(x, 0, half, canvas.height).data);
        return before.reduce((sum, value, i) => sum + Math.abs(value - after[i]), 0) / before.length;
      })`);
    expect(Math.max(...changes)).toBeGreaterThan(8);
    expect(Math.min(...changes)).toBeLessThan(5);
  });

  test.each(['light', 'dark'] as const)(
    'has nothing that axe finds serious, and fits, in %s colours',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.goto(`${service.url}/models.html`);
      await page.locator('#feminine canvas').first().waitFor();
      for (const width of [320, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      }
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    },
  );

  test('can be reached from the page, and the models are listed for the keyboard', async () => {
    await page.goto(service.url);
    await page.getByRole('link', { name: 'The models' }).click();
    const contents = page.getByRole('navigation', { name: 'The models' });
    await contents.getByRole('link', { name: 'Feminine' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/models.html#feminine');
  });
});
