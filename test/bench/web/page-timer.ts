import type { BrowserContext, Page } from 'playwright-core';

/** Where the page makes a photo over, by the value of its radio button. */
export type Place = 'device' | 'server';

/** Wall-clock times of one photo, from the moment that it was chosen. */
export interface PhotoTimes {
  /** Until the page says that the faces are made over. */
  readonly previewMs: number;
  /** Until the whole file is there, when it is asked for as soon as the preview is shown. */
  readonly fileMs: number;
  /** Of the page's own thread, up to the file; 0 where none reached the 50 ms of the observer. */
  readonly longestTaskMs: number;
  readonly details: string;
  readonly file: string;
}

/** Notes when the latest photo was chosen, and the page's longest task since. */
const OBSERVE = `
  globalThis.chosenAt = Infinity;
  new PerformanceObserver((list) => {
    for (const { duration, startTime } of list.getEntries()) {
      // The task that the choice itself runs in began before.
      if (startTime + duration < globalThis.chosenAt) continue;
      globalThis.longestTaskMs = Math.max(globalThis.longestTaskMs, duration);
    }
  }).observe({ type: 'longtask' });
  addEventListener('change', ({ target }) => {
    if (target.id !== 'file') return;
    globalThis.chosenAt = performance.now();
    globalThis.longestTaskMs = 0;
  }, true);
  globalThis.whenStatus = (pattern) => new Promise((resolve) => {
    const isThere = () => pattern.test(document.querySelector('#status').textContent);
    const observer = new MutationObserver(() => {
      if (!isThere()) return;
      observer.disconnect();
      // Two frames later it is on the screen.
      requestAnimationFrame(() => requestAnimationFrame(() =>
        resolve(performance.now() - globalThis.chosenAt)));
    });
    observer.observe(document.querySelector('#status'), { childList: true, characterData: true, subtree: true });
  });
`;

/**
 * A page that can be timed. As many threads as the browser believes that there are processors.
 *
 * @param threads undefined leaves the browser's own number
 */
export async function openTimedPage(
  context: BrowserContext,
  url: string,
  threads?: number,
): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  await page.addInitScript(OBSERVE);
  if (threads !== undefined) {
    await page.addInitScript(
      `Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => ${threads} });`,
    );
  }
  await page.goto(url);
  await page.locator('#start-picker label').first().waitFor();
  return page;
}

/**
 * Chooses a photo on the page's first screen, and downloads the result.
 *
 * @throws Error when the page shows no result in two minutes
 */
export async function timePhoto(page: Page, photo: string, place: Place): Promise<PhotoTimes> {
  await page.locator(`input[name="start-place"][value="${place}"]`).check({ force: true });
  const made = page.evaluate<number>('whenStatus(/made over$/)');
  await page.setInputFiles('#file', photo);
  const previewMs = await made;
  const details = (await page.locator('#details span').allTextContents()).join(', ');
  const saved = page.evaluate<number>('whenStatus(/^Saved as/)');
  const clickedMs = await page.evaluate<number>('performance.now() - chosenAt');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.evaluate("document.querySelector('#download').click()"),
  ]);
  const fileMs = previewMs + (await saved) - clickedMs;
  const longestTaskMs = await page.evaluate<number>('longestTaskMs');
  return { previewMs, fileMs, longestTaskMs, details, file: await download.path() };
}
