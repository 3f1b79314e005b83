import sharp from 'sharp';
import { PhotoClient } from '../bench/http/client.ts';
import { readGauges } from '../bench/http/server-process.ts';
import { readComposite } from '../support/composites.ts';

export const MAX_BYTES_PER_1000_REQUESTS = 2 ** 20;

/** Memory of the HTTP process and of the workers together. */
export interface MemorySample {
  readonly requests: number;
  readonly rssBytes: number;
}

const SAMPLES = 40;
const CLIENTS = 4;
/** The first share, in which heaps and caches find their size. */
const WARM_UP = 0.25;
/** One in so many is no photo, or one without a face. */
const REFUSED_ONE_IN = 10;

/**
 * Sends photos of several sizes, each another file, and some that are refused.
 *
 * @returns bytes that the service grows by in 1,000 requests, by least squares
 * @throws Error when an answer is not the expected one
 */
export async function measureMemorySlope(
  service: { readonly url: string; readonly adminUrl: string | undefined },
  requests: number,
  onSample: (sample: MemorySample) => void,
): Promise<number> {
  const client = new PhotoClient(`${service.url}/v1/makeover?model=tint`);
  const photos = await Promise.all([120, 160, 240].map(createPhoto));
  const samples: MemorySample[] = [];
  let sent = 0;
  const send = async (until: number): Promise<void> => {
    while (sent < until) {
      const number = sent++;
      const isRefused = number % REFUSED_ONE_IN === 0;
      const photo = photos[number % photos.length] as Buffer;
      const { status } = await client.post(isRefused ? photo.subarray(0, 100) : photo);
      const expected = isRefused ? 422 : 200;
      if (status !== expected) throw new Error(`answered ${status}, expected ${expected}`);
    }
  };
  for (let sample = 1; sample <= SAMPLES; sample++) {
    const until = Math.round((requests * sample) / SAMPLES);
    await Promise.all(Array.from({ length: CLIENTS }, () => send(until)));
    const { httpRssBytes, workersRssBytes } = await readGauges(service);
    samples.push({ requests: until, rssBytes: httpRssBytes + workersRssBytes });
    onSample(samples.at(-1) as MemorySample);
  }
  client.close();
  return slope(samples.slice(Math.floor(WARM_UP * SAMPLES))) * 1000;
}

async function createPhoto(width: number): Promise<Buffer> {
  return sharp(readComposite()).resize(width).jpeg().toBuffer();
}

function slope(samples: readonly MemorySample[]): number {
  const mean = (value: (sample: MemorySample) => number): number =>
    samples.reduce((sum, sample) => sum + value(sample), 0) / samples.length;
  const meanRequests = mean(({ requests }) => requests);
  const meanBytes = mean(({ rssBytes }) => rssBytes);
  const covariance = mean((s) => (s.requests - meanRequests) * (s.rssBytes - meanBytes));
  return covariance / mean((s) => (s.requests - meanRequests) ** 2);
}
