import { Answers } from './answers.ts';
import { BuildFiles } from './build-files.ts';

/**
 * Lets the page work without a connection. Photos never pass here: they are blobs on the device, or
 * sent by POST, which this worker leaves alone.
 */

declare const self: ServiceWorkerGlobalScope;

/** Said to a new version that waits, when no other page would lose its files. */
const TAKE_OVER = 'take over';
/** A page that is on the device already is not worth a longer wait for a poor connection. */
const PAGE_TIMEOUT_MS = 4000;

const base = new URL('./', self.location.href).href;
const files = new BuildFiles(base);
const answers = new Answers(base);

self.addEventListener('install', (event) => event.waitUntil(files.install()));

self.addEventListener('activate', (event) => event.waitUntil(takeOver()));

self.addEventListener('message', (event) => {
  if (event.data === TAKE_OVER) event.waitUntil(self.skipWaiting());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(base)) return;
  const [path = ''] = request.url.slice(base.length).split(/[?#]/);
  if (request.mode === 'navigate') {
    const page = path === '' ? 'index.html' : path;
    if (files.has(page)) event.respondWith(openPage(event, page));
  } else if (files.has(path)) event.respondWith(files.get(path));
  else if (answers.has(path)) event.respondWith(answers.get(path));
});

async function takeOver(): Promise<void> {
  await self.clients.claim();
  await files.removeOthers();
  await answers.refresh().catch(() => undefined);
}

/** The newest page where the service answers in time, else the one of this build. */
async function openPage(event: FetchEvent, page: string): Promise<Response> {
  const asked = fetch(event.request);
  // Asked before the answer: afterwards the page that is left and the new one may both be there.
  const windows = self.clients.matchAll({ type: 'window' });
  const timeout = new Promise<undefined>((resolve) => {
    setTimeout(resolve, PAGE_TIMEOUT_MS);
  });
  const answer = await Promise.race([asked.catch(() => undefined), timeout]);
  if (answer && answer.status < 500) {
    giveWay((await windows).length);
    return answer;
  }
  return (await files.cached(page)) ?? asked;
}

/**
 * Lets a new version that waits take over. Only while one page is open, which is just being loaded
 * anew: another one would miss the files of this version.
 */
function giveWay(openPages: number): void {
  // Nothing is handed over with it.
  if (openPages <= 1) self.registration.waiting?.postMessage(TAKE_OVER, []);
}
