import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { freePort } from '../bench/http/free-port.ts';
import { startService } from '../bench/http/server-process.ts';
import { openTimedPage, timePhoto } from '../bench/web/page-timer.ts';
import { writePhoto } from '../bench/web/photos.ts';
import { launchChromium } from '../support/chromium.ts';

const SHIPPED = fileURLToPath(new URL('../../models', import.meta.url));
/** 48 megapixels, as phones take them. */
const SIZE = { width: 8000, height: 6000 } as const;
/** A page that is busy for longer feels frozen. */
const MAX_TASK_MS = 50;

/**
 * A photo of 48 megapixels made over on the device, whole, while the page stays quick. By the wall
 * clock: on a busy machine it may fail for that reason alone. Returns the process's exit code.
 */
export async function soakLargePhoto(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'deep-makeover-large-'));
  const service = await startService(SHIPPED, { DM_DATA_DIR: folder }, await freePort());
  const browser = await launchChromium();
  try {
    const photo = await writePhoto(folder, SIZE.width, SIZE.height);
    const page = await openTimedPage(await browser.newContext(), service.url);
    const times = await timePhoto(page, photo, 'device');
    const { format, width, height } = await sharp(times.file).metadata();
    const isWhole = format === 'jpeg' && width === SIZE.width && height === SIZE.height;
    const isQuick = times.longestTaskMs < MAX_TASK_MS;
    console.log(
      `preview after ${times.previewMs.toFixed(0)} ms, file after ${times.fileMs.toFixed(0)} ms: ` +
        `${format} of ${width} x ${height} px; ${times.details}`,
    );
    console.log(
      `${isWhole ? 'whole' : 'NOT whole'}; ${isQuick ? 'no task' : 'A TASK'} of ${MAX_TASK_MS} ms ` +
        `or more on the page's own thread (longest seen: ${times.longestTaskMs.toFixed(0)} ms)`,
    );
    return isWhole && isQuick ? 0 : 1;
  } finally {
    await browser.close();
    await service.stop();
    await rm(folder, { recursive: true });
  }
}
