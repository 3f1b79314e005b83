import fc from 'fast-check';
import sharp from 'sharp';
import type { Service } from '../../server/service.ts';
import { readComposite } from './composites.ts';
import { type MalformedPost, malformedPosts } from './malformed-bodies.ts';
import { sendRaw } from './raw-http.ts';

/** Kept in flight together. */
const CONCURRENCY = 8;

export interface FuzzOptions {
  /** The same seed gives the same bodies. */
  readonly seed: number;
  readonly bodies: number;
  /** Called after every hundred bodies. */
  readonly onHundred: () => Promise<void>;
}

export interface FuzzReport {
  /** Answers by their status; 0: the service closed the connection of a client that hung up. */
  readonly statuses: Readonly<Record<number, number>>;
  /** What must not be, with the body that did it. */
  readonly faults: readonly string[];
}

/** Sends malformed bodies to a service, and reports every answer that is not the client's fault. */
export async function fuzzService(
  { url }: Pick<Service, 'url'>,
  { seed, bodies, onHundred }: FuzzOptions,
): Promise<FuzzReport> {
  const posts = fc.sample(malformedPosts(await smallPhotos()), { seed, numRuns: bodies });
  const statuses: Record<number, number> = {};
  const faults: string[] = [];
  for (let first = 0; first < posts.length; first += CONCURRENCY) {
    await Promise.all(
      posts.slice(first, first + CONCURRENCY).map(async (post, i) => {
        const status = await send(url, post);
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (isExpected(status, post)) return;
        faults.push(`body ${first + i} of seed ${seed}: ${status} for ${post.contentType}`);
      }),
    );
    if (first % 100 < CONCURRENCY) await onHundred();
  }
  return { statuses, faults };
}

async function send(url: string, { contentType, body, missingBytes }: MalformedPost) {
  const head =
    'POST /v1/makeover?model=tint HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n' +
    `Content-Type: ${contentType}\r\nContent-Length: ${body.length + missingBytes}\r\n\r\n`;
  const answer = await sendRaw(url, { hangUp: missingBytes > 0 }, head, body);
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);
}

/** A photo with changed bytes may be sound still; whoever hangs up need not get an answer. */
function isExpected(status: number, { missingBytes }: MalformedPost): boolean {
  return status === 200 || (status >= 400 && status < 500) || (status === 0 && missingBytes > 0);
}

/** Small ones of each format, with a face. */
function smallPhotos(): Promise<Buffer[]> {
  const photo = sharp(readComposite()).resize(96);
  return Promise.all([
    photo.clone().jpeg().toBuffer(),
    photo.clone().png().toBuffer(),
    photo.clone().webp().toBuffer(),
    photo.clone().avif({ effort: 0 }).toBuffer(),
  ]);
}
