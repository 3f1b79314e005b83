import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { isRequired } from './requirements.ts';

/** Where Debian's package puts it. */
const CHROMIUM = '/usr/bin/chromium';

const isInstalled = existsSync(CHROMIUM);

/** True where the browser is missing and nobody insists on it; the reason is printed. */
export const lacksChromium = !isInstalled && !isRequired('chromium');

if (lacksChromium) {
  console.warn(
    `Browser tests are left out: there is no ${CHROMIUM}. Install it (apt-get install chromium), ` +
      'or set DM_TEST_REQUIRE=chromium to make this a failure.',
  );
}

/**
 * Debian's Chromium without a window, kept from calling home.
 *
 * @throws Error when it is not installed
 */
export async function launchChromium(): Promise<Browser> {
  if (!isInstalled) {
    throw new Error(`the browser tests need ${CHROMIUM}: apt-get install chromium`);
  }
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--headless=new',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}
