import { expect, test } from 'vitest';
import { startTestService } from '../support/service.ts';
import { type MemorySample, measureMemorySlope } from './requests.ts';

/** A fiftieth of the soak; over so few, an allocator's steps hide small slopes. */
const REQUESTS = 200;
const TIMEOUT_MS = 120_000;
const MAX_GROWTH_BYTES = 64 * 2 ** 20;

test(
  '200 requests are answered as expected, and memory does not run away',
  async () => {
    const service = await startTestService();
    try {
      const pids = service.context.pool.pids;
      const samples: MemorySample[] = [];
      await measureMemorySlope(service, REQUESTS, (sample) => samples.push(sample));
      expect(samples.at(-1)?.requests).toBe(REQUESTS);
      const [half] = samples.slice(samples.length / 2);
      const growth = (samples.at(-1)?.rssBytes ?? 0) - (half?.rssBytes ?? 0);
      expect(growth).toBeLessThan(MAX_GROWTH_BYTES);
      // No worker was replaced, and nothing was left behind.
      expect(service.context.pool.pids).toEqual(pids);
      expect(service.context.admission.used).toEqual({
        requests: 0,
        uploadBytes: 0,
        pixels: 0,
        faces: 0,
      });
    } finally {
      await service.stop();
    }
  },
  TIMEOUT_MS,
);
