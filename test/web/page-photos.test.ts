import { readFile } from 'node:fs/promises';
import { buffer as readAll } from 'node:stream/consumers';
import axe from 'axe-core';
import type { Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fromBufferPromise } from 'yauzl';
import { lacksChromium } from '../support/chromium.ts';
import { download, PageSession } from '../support/page-session.ts';
import { COMPOSITE, groupPhoto, wallPhoto } from '../support/page-uploads.ts';

/** Left and top px of a patch between nose and cheek of the two faces of the group photo. */
const LARGE_CHEEK = [173, 284] as const;
const SMALL_CHEEK = [734, 280] as const;

// The page is the one in dist/web: `npm test` builds it first.
describe.skipIf(lacksChromium)('photos and their faces, on the page', () => {
  let session: PageSession;
  let page: Page;

  beforeAll(async () => {
    session = await PageSession.start({});
  });
  afterAll(() => session?.stop());
  beforeEach(async () => {
    page = await session.open();
  });
  afterEach(async () => {
    expect(await session.close()).toEqual([]);
  });

  test.each(['Server', 'This device'])(
    'of several faces, %s leaves one out that was tapped, in the downloaded photo too',
    async (place) => {
      await page.locator('#start').getByText(place, { exact: true }).click();
      const photo = await groupPhoto();
      await page.setInputFiles('#file', photo);
      await page.getByText('2 faces made over').waitFor();
      const [large, small] = [1, 2].map((id) =>
        page.getByRole('button', { name: `Make over face ${id} of 2` }),
      ) as [Locator, Locator];
      await large.click();
      await page.getByText('1 face made over').waitFor();
      expect(await large.getAttribute('aria-pressed')).toBe('false');
      expect(await small.getAttribute('aria-pressed')).toBe('true');
      const strength = page.getByRole('slider', { name: 'Strength' });
      for (let i = 0; i < 8; i++) await strength.press('ArrowLeft');

      const { file, name, size } = await download(page);
      expect({ name, size }).toEqual({
        name: 'friends.makeover.jpg',
        size: { format: 'jpeg', width: 1000, height: 640 },
      });
      const change = async (left: number, top: number) => {
        const [before, after] = await Promise.all(
          [photo.buffer, file].map((picture) => redOf(picture, left, top)),
        );
        return (after ?? Number.NaN) - (before ?? Number.NaN);
      };
      expect(Math.abs(await change(...LARGE_CHEEK))).toBeLessThan(1);
      // The tint adds 40 levels of red, of which the mask and the strength (60 %) take some.
      expect(await change(...SMALL_CHEEK)).toBeGreaterThan(12);
      expect(await change(...SMALL_CHEEK)).toBeLessThan(28);

      // The strength first, then the face.
      await page.keyboard.press('Control+z');
      expect(await strength.getAttribute('aria-valuetext')).toBe('100 %');
      await page.keyboard.press('Control+z');
      await page.getByText('2 faces made over').waitFor();
      expect(await large.getAttribute('aria-pressed')).toBe('true');
    },
  );

  test('several photos are made over, chosen in the strip and saved as one ZIP file', async () => {
    const buffer = await readFile(COMPOSITE);
    const portrait = { name: 'portrait.jpg', mimeType: 'image/jpeg', buffer };
    const wall = { name: 'wall.png', mimeType: 'image/png', buffer: await wallPhoto() };
    await page.setInputFiles('#file', [portrait, wall]);
    await page.getByRole('button', { name: 'wall.png, did not work' }).click();
    await page.getByRole('alert').getByText('No face was found').waitFor();
    await page.setInputFiles('#more', portrait);
    await page.getByText('2 of 3 photos ready').waitFor();
    expect(await page.getByRole('alert').isVisible()).toBe(false);
    const [zip] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download all as ZIP' }).click(),
    ]);
    expect(zip.suggestedFilename()).toBe('makeovers.zip');
    const pictures = await unzip(await readFile(await zip.path()));
    expect([...pictures.keys()]).toEqual(['portrait.makeover.jpg', 'portrait (2).makeover.jpg']);
    for (const picture of pictures.values()) {
      expect(await sharp(picture).metadata()).toMatchObject({ width: 640, height: 800 });
    }
  });

  test('the photo can be enlarged and moved by keyboard', async () => {
    await page.setInputFiles('#file', COMPOSITE);
    await page.getByText('1 face made over').waitFor();
    const picture = page.locator('compare-slider .before');
    const whole = await picture.boundingBox();
    await page.getByRole('button', { name: 'Zoom in' }).press('Enter');
    const large = await picture.boundingBox();
    expect(large?.width).toBeCloseTo(1.5 * (whole?.width ?? 0), 0);
    await page.getByRole('group', { name: /^Enlarged photo/ }).press('ArrowLeft');
    expect((await picture.boundingBox())?.x).toBeGreaterThan(large?.x ?? 0);
    await page.getByRole('button', { name: 'Zoom out' }).press('Enter');
    expect((await picture.boundingBox())?.width).toBeCloseTo(whole?.width ?? 0, 0);
    expect((await picture.boundingBox())?.x).toBeCloseTo(whole?.x ?? 0, 0);
  });

  test('axe finds nothing serious, light and dark', async () => {
    const expectSound = async (...colorSchemes: readonly ('light' | 'dark')[]) => {
      for (const colorScheme of colorSchemes) {
        await page.emulateMedia({ colorScheme });
        expect(await seriousViolations(page)).toEqual([]);
      }
    };
    await page.evaluate(axe.source);
    await expectSound('light');
    await page.setInputFiles('#file', await groupPhoto());
    await page.getByRole('button', { name: 'Make over face 1 of 2' }).click();
    await page.getByText('1 face made over').waitFor();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await expectSound('light', 'dark');
    const wall = { name: 'wall.png', mimeType: 'image/png', buffer: await wallPhoto() };
    await page.setInputFiles('#more', wall);
    await page.getByRole('alert').getByText('No face was found').waitFor();
    await expectSound('dark');
  });
});

/** Mean red of 24x24 px of a picture. */
async function redOf(picture: Buffer, left: number, top: number): Promise<number> {
  const patch = await sharp(picture).extract({ left, top, width: 24, height: 24 }).toBuffer();
  return (await sharp(patch).stats()).channels[0]?.mean ?? Number.NaN;
}

/** The files of a ZIP file by name. */
async function unzip(file: Buffer): Promise<Map<string, Buffer>> {
  const zip = await fromBufferPromise(file);
  const files = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    files.set(entry.fileName, await readAll(await zip.openReadStreamPromise(entry)));
  }
  return files;
}

/** Names of the rules that axe sees broken seriously, each with the first element. */
async function seriousViolations(page: Page): Promise<unknown> {
  return page.evaluate(`axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
    violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => id + ': ' + nodes[0].html),
  )`);
}
