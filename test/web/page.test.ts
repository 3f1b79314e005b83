import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lacksChromium } from '../support/chromium.ts';
import {
  cheekOf,
  download,
  faceColour,
  focusedName,
  PageSession,
} from '../support/page-session.ts';
import {
  COMPOSITE,
  halfPhoto,
  lyingPhoto,
  noisePhoto,
  textFile,
  wallPhoto,
} from '../support/page-uploads.ts';

/** Largest upload of the service below: the photo fits, noise of the same size does not. */
const MAX_UPLOAD_BYTES = 200_000;
const DIVIDER = 'Divider between before and after';

/** What the visitor does by keyboard at some of the controls that Tab comes by. */
const KEYS_AT: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  'Make this face over': async (page) => {
    await page.keyboard.press('Space');
    await page.getByText('No face is chosen').waitFor();
    await page.keyboard.press('Space');
    await page.getByText('1 face made over').waitFor();
  },
  Download: async (page) => {
    const [file] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    expect(file.suggestedFilename()).toBe('sample-2.makeover.jpg');
    await page.getByText('Saved as sample-2.makeover.jpg').waitFor();
  },
};

// The page is the one in dist/web: `npm test` builds it first.
describe.skipIf(lacksChromium)('the page, in a browser, with a real service', () => {
  let session: PageSession;
  let page: Page;

  beforeAll(async () => {
    session = await PageSession.start({ DM_MAX_UPLOAD_BYTES: String(MAX_UPLOAD_BYTES) });
  });
  afterAll(() => session?.stop());
  beforeEach(async () => {
    page = await session.open();
  });
  afterEach(async () => {
    expect(await session.close()).toEqual([]);
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

    const { file, name, size } = await download(page);
    const colour = await cheekOf(file);
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
    const colour = await cheekOf((await download(page)).file);
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

  test('a sample that does not load is named', async () => {
    await page.route('**/assets/man-black-*.jpg', (route) => route.abort('connectionrefused'));
    await page.getByRole('button', { name: /^Sample 2/ }).click();
    await page.getByRole('alert').getByText('The sample did not load').waitFor();
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
      await KEYS_AT[name]?.(page);
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
