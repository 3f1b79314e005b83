import { readFile } from 'node:fs/promises';
import type { Browser, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Service } from '../../server/service.ts';
import { lacksChromium, launchChromium } from '../support/chromium.ts';
import {
  COMPOSITE,
  halfPhoto,
  lyingPhoto,
  noisePhoto,
  textFile,
  wallPhoto,
} from '../support/page-uploads.ts';
import { startTestService } from '../support/service.ts';

/** Largest upload of the service below: the photo fits, noise of the same size does not. */
const MAX_UPLOAD_BYTES = 200_000;
const DIVIDER = 'Divider between before and after';

// The page is the one in dist/web: `npm test` builds it first.
describe.skipIf(lacksChromium)('the page, in a browser, with a real service', () => {
  let service: Service | undefined;
  let browser: Browser | undefined;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    [service, browser] = await Promise.all([
      startTestService({ DM_MAX_UPLOAD_BYTES: String(MAX_UPLOAD_BYTES) }),
      launchChromium(),
    ]);
  });

  afterAll(async () => {
    await browser?.close();
    await service?.stop();
  });

  beforeEach(async () => {
    if (!browser || !service) throw new Error('the browser and the service have not started');
    page = await browser.newPage({ reducedMotion: 'reduce' });
    // Sooner than the test's own limit, whose message would not say what was waited for.
    page.setDefaultTimeout(10_000);
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // A refused photo is logged by the browser itself.
      const isRefusal = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isRefusal) complaints.push(message.text());
    });
    await page.goto(service.url);
    await page.locator('#start-picker').getByText('Test tint').click();
    // What the device does has a test of its own.
    await page.locator('#start').getByText('Server', { exact: true }).click();
  });

  afterEach(async () => {
    await page.close();
    // Also catches what the Content-Security-Policy forbids.
    expect(complaints).toEqual([]);
  });

  test('a chosen photo is made over, compared by keyboard and downloaded upright', async () => {
    await page.setInputFiles('#file', await lyingPhoto());
    await page.getByText('1 face made over').waitFor();
    expect(await page.locator('#details').textContent()).toBe('Model tint/1On the server');

    const divider = page.getByRole('slider', { name: DIVIDER });
    await divider.focus();
    await page.keyboard.press('ArrowRight');
    expect(await divider.getAttribute('aria-valuetext')).toBe('51 % before, 49 % after');
    await page.keyboard.press('End');
    const before = await faceColour(page);
    await page.keyboard.press('Home');
    const after = await faceColour(page);
    expect(after.red - before.red).toBeGreaterThan(20);
    expect(after.green - before.green).toBeLessThan(-8);

    const { name, size, colour } = await download(page);
    expect(name).toBe('lying down.makeover.jpg');
    expect(size).toEqual({ format: 'jpeg', width: 640, height: 800 });
    expect(colour.red - before.red).toBeGreaterThan(20);
  });

  test('the strength is blended at once, and is that of the downloaded photo', async () => {
    await page.setInputFiles('#file', COMPOSITE);
    await page.getByText('1 face made over').waitFor();
    await page.getByRole('slider', { name: DIVIDER }).press('Home');
    const full = await faceColour(page);
    const strength = page.getByRole('slider', { name: 'Strength' });
    for (let i = 0; i < 10; i++) await strength.press('ArrowLeft');
    expect(await strength.getAttribute('aria-valuetext')).toBe('50 %');
    const half = await faceColour(page);
    const { colour } = await download(page);
    await strength.press('Home');
    const none = await faceColour(page);
    expect(Math.abs(half.red - (full.red + none.red) / 2)).toBeLessThan(3);
    expect(Math.abs(colour.red - half.red)).toBeLessThan(3);
    expect(full.red - none.red).toBeGreaterThan(20);
  });

  test('another model makes the open photo over again', async () => {
    await page.setInputFiles('#file', COMPOSITE);
    await page.getByText('Model tint/1').waitFor();
    await page.locator('#workspace-picker').getByText('Test identity').click();
    await page.getByText('Model identity/1').waitFor();
    await page.getByRole('slider', { name: DIVIDER }).press('End');
    const before = await faceColour(page);
    await page.getByRole('slider', { name: DIVIDER }).press('Home');
    const after = await faceColour(page);
    expect(Math.abs(after.red - before.red)).toBeLessThan(2);
  });

  test('a sample works by keyboard alone, and so does going back', async () => {
    await page.getByRole('button', { name: /^Sample 2/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('1 face made over').waitFor();
    await page.locator('.face').waitFor();
    for (const name of [
      'Make this face over',
      DIVIDER,
      'Undo',
      'Outlines',
      'Zoom out',
      '100 %',
      'Zoom in',
      'sample-2.jpg, made over',
      'Add photos',
      'Test tint',
      'Strength',
      'Download',
      'Server',
      'Start over',
    ]) {
      await page.keyboard.press('Tab');
      expect(await focusedName(page)).toBe(name);
    }
    await page.keyboard.press('Enter');
    expect(await focusedName(page)).toBe('Choose photos');
    expect(await page.locator('#workspace').isVisible()).toBe(false);
  });

  test('a dropped and a pasted photo are made over', async () => {
    const base64 = await readFile(COMPOSITE, 'base64');
    for (const [event, property] of [
      ['drop', 'dataTransfer'],
      ['paste', 'clipboardData'],
    ]) {
      await page.evaluate(`{
        const bytes = Uint8Array.from(atob('${base64}'), (letter) => letter.charCodeAt(0));
        const ${property} = new DataTransfer();
        ${property}.items.add(new File([bytes], '${event}.jpg', { type: 'image/jpeg' }));
        const Event = '${event}' === 'drop' ? DragEvent : ClipboardEvent;
        document.body.dispatchEvent(
          new Event('${event}', { ${property}, bubbles: true, cancelable: true }),
        );
      }`);
      await page.getByText('1 face made over').waitFor();
      expect((await download(page)).name).toBe(`${event}.makeover.jpg`);
      await page.getByRole('button', { name: 'Start over' }).click();
    }
  });

  test.each([
    ['no picture', 'notes.txt', textFile, 'This kind of file cannot be used'],
    ['a photo without a face', 'wall.png', wallPhoto, 'No face was found in this photo'],
    ['half a photo', 'half.jpg', halfPhoto, 'This photo is damaged or incomplete'],
    ['too large a file', 'noise.png', noisePhoto, 'This file is too large'],
  ])('%s gets a clear message, and the next photo works', async (_what, name, create, title) => {
    await page.setInputFiles('#file', { name, mimeType: '', buffer: await create() });
    const alert = page.getByRole('alert');
    await alert.getByText(title).waitFor();
    expect(await alert.getByRole('button').count()).toBe(0);
    if (await page.locator('#workspace').isVisible()) {
      await page.getByRole('button', { name: 'Start over' }).click();
    }
    await page.setInputFiles('#file', COMPOSITE);
    await page.getByText('1 face made over').waitFor();
    expect(await alert.isVisible()).toBe(false);
  });

  test('a lost connection is named, and trying again works', async () => {
    await page.route('**/v1/makeover?*', (route) => route.abort('connectionrefused'));
    await page.setInputFiles('#file', COMPOSITE);
    await page.getByRole('alert').getByText('The service cannot be reached').waitFor();
    await page.unroute('**/v1/makeover?*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('1 face made over').waitFor();
  });

  test('nothing is cut off between 320 px and 4K', async () => {
    const expectFit = async () => {
      for (const width of [320, 768, 1280, 3840]) {
        await page.setViewportSize({ width, height: 800 });
        const content = await page.evaluate('document.documentElement.scrollWidth');
        expect(content).toBe(width);
      }
    };
    await expectFit();
    await page.setInputFiles('#file', COMPOSITE);
    await page.getByText('1 face made over').waitFor();
    await expectFit();
  });
});

/** Mean of a patch between nose and cheek of the shown photo, left of the slider's handle. */
async function faceColour(page: Page): Promise<{ red: number; green: number }> {
  const slider: Locator = page.locator('compare-slider');
  return cheekColour(await slider.screenshot());
}

async function cheekColour(file: Buffer): Promise<{ red: number; green: number }> {
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

async function download(page: Page) {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download', exact: true }).click(),
  ]);
  const picture = await readFile(await file.path());
  const { format, width, height } = await sharp(picture).metadata();
  return {
    name: file.suggestedFilename(),
    size: { format, width, height },
    colour: await cheekColour(picture),
  };
}

/** What a screen reader would call the focused control. */
async function focusedName(page: Page): Promise<unknown> {
  return page.evaluate(`{
    const { activeElement } = document;
    const label = activeElement.ariaLabel ?? activeElement.labels?.[0]?.textContent;
    label?.trim() || activeElement.textContent.trim();
  }`);
}
