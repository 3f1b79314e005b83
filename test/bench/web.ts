import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { freePort } from './http/free-port.ts';
import { startService } from './http/server-process.ts';
import { quartiles } from './train/quartiles.ts';
import { openTimedPage, type PhotoTimes, type Place, timePhoto } from './web/page-timer.ts';
import { writePhoto } from './web/photos.ts';

const SHIPPED = fileURLToPath(new URL('../../models', import.meta.url));
const SIZES = [
  [1, 1000, 1000],
  [12, 4000, 3000],
] as const;

/**
 * What the page costs: bytes until it can be used and until the first result, and the time from a
 * photo chosen to its preview and to the whole file. Cold has nothing in the browser's caches; warm
 * has all, and starts its networks anew; open has them running. tf.js on
 * WebAssembly would need a package that this project lacks, and is not compared. Medians of `--rounds` (default: 1).
 */
export async function benchWeb(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string', default: '1' } },
  });
  const rounds = Number(values.rounds);
  const folder = await mkdtemp(join(tmpdir(), 'deep-makeover-bench-'));
  const service = await startService(SHIPPED, { DM_DATA_DIR: folder }, await freePort());
  const browser = await launchChromium();
  try {
    await reportBytes(browser, service.url, await writePhoto(folder, 640, 800));
    for (const [megapixels, width, height] of SIZES) {
      const photo = await writePhoto(folder, width, height);
      for (const threads of [1, 2]) {
        const name = `${megapixels} MP, device, ${threads} thread(s)`;
        await reportTimes(browser, service.url, { name, photo, place: 'device', threads, rounds });
      }
      const name = `${megapixels} MP, server`;
      await reportTimes(browser, service.url, { name, photo, place: 'server', threads: 1, rounds });
    }
  } finally {
    await browser.close();
    await service.stop();
    await rm(folder, { recursive: true });
  }
}

/** As they go over the wire, packed, with their headers. */
async function reportBytes(browser: Browser, url: string, photo: string): Promise<void> {
  // What the service worker fetches comes later, and is not waited for.
  const context = await browser.newContext({ serviceWorkers: 'block' });
  const sizes: Promise<number>[] = [];
  context.on('requestfinished', (request) =>
    sizes.push(
      request
        .sizes()
        .then(
          ({ responseBodySize, responseHeadersSize }) => responseBodySize + responseHeadersSize,
        ),
    ),
  );
  const total = async (): Promise<string> => {
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    return `${(bytes / 1000).toFixed(0)} kB in ${sizes.length} requests`;
  };
  const page = await openTimedPage(context, url);
  await page.waitForLoadState('load');
  console.log(`until it can be used: ${await total()}`);
  await timePhoto(page, photo, 'device');
  console.log(`until the first result on the device: ${await total()}`);
  await context.close();
}

interface Case {
  readonly name: string;
  readonly photo: string;
  readonly place: Place;
  readonly threads: number;
  readonly rounds: number;
}

async function reportTimes(
  browser: Browser,
  url: string,
  { name, photo, place, threads, rounds }: Case,
): Promise<void> {
  const times: Record<'cold' | 'warm' | 'open', PhotoTimes[]> = { cold: [], warm: [], open: [] };
  for (let round = 0; round < rounds; round++) {
    const context = await browser.newContext();
    const first = await openTimedPage(context, url, threads);
    times.cold.push(await timePhoto(first, photo, place));
    await first.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
    await first.close();
    const second = await openTimedPage(context, url, threads);
    times.warm.push(await timePhoto(second, photo, place));
    await second.locator('#start-over').click();
    times.open.push(await timePhoto(second, photo, place));
    await context.close();
  }
  for (const [state, measured] of Object.entries(times)) {
    const median = (pick: (times: PhotoTimes) => number): string =>
      quartiles(measured.map(pick)).median.toFixed(0);
    console.log(
      `${name}, ${state}: preview ${median(({ previewMs }) => previewMs)} ms, ` +
        `file ${median(({ fileMs }) => fileMs)} ms, ` +
        `longest task ${median(({ longestTaskMs }) => longestTaskMs)} ms (${measured[0]?.details})`,
    );
  }
}
