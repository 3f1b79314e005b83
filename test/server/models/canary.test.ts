import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CanaryWatch, isCanaryPhoto, type PhotoSample } from '../../../server/models/canary.ts';

const LIMITS = { minPhotos: 20, maxDriftLevels: 6 };

function sampleOf(meanAbs: number, inferMsPerFace = 10): PhotoSample {
  return { isError: false, inferMsPerFace, change: { meanAbs, mean: [meanAbs, 0, -meanAbs] } };
}

/** Photos differ: figures go up and down by a level around their mean. */
function watchOf(active: number, canary: number, canaryMs = 10): CanaryWatch {
  const watch = new CanaryWatch(LIMITS);
  for (let i = 0; i < 40; i++) {
    const noise = i % 2 === 0 ? 1 : -1;
    watch.add('active', sampleOf(active + noise));
    watch.add('canary', sampleOf(canary + noise, canaryMs));
  }
  return watch;
}

test('a photo goes the same way each time, and the share is kept', () => {
  const hashes = Array.from({ length: 1000 }, (_, i) => String(i));
  fc.assert(
    fc.property(fc.double({ min: 0, max: 100, noNaN: true }), (percent) => {
      const chosen = hashes.filter((hash) => isCanaryPhoto(hash, 'tint', percent));
      expect(Math.abs(chosen.length / hashes.length - percent / 100)).toBeLessThan(0.05);
      const wider = hashes.filter((hash) => isCanaryPhoto(hash, 'tint', percent + 5));
      expect(new Set([...wider, ...chosen]).size).toBe(wider.length);
    }),
    { numRuns: 5 },
  );
});

describe('a canary', () => {
  test('that does as the active version does goes on', () => {
    const watch = watchOf(12, 13);
    expect(watch.verdict()).toBeUndefined();
    expect(watch.driftLevels).toBeCloseTo(1);
  });

  test('is not judged by few photos', () => {
    const watch = new CanaryWatch(LIMITS);
    for (let i = 0; i < 19; i++) {
      watch.add('active', sampleOf(0));
      watch.add('canary', sampleOf(100, 1000));
    }
    expect(watch.verdict()).toBeUndefined();
    expect(watch.driftLevels).toBeUndefined();
  });

  test('is stopped when it changes faces more, or otherwise', () => {
    expect(watchOf(12, 20).verdict()).toMatch(/^drift: its mean size of change differs by 8\.0/);
  });

  test('is stopped when it is slow', () => {
    expect(watchOf(12, 12, 25).verdict()).toMatch(/^latency: 25\.0 ms a face/);
    expect(watchOf(12, 12, 15).verdict()).toBeUndefined();
  });

  test('is stopped when it fails more often', () => {
    const watch = new CanaryWatch(LIMITS);
    for (let i = 0; i < 10; i++) watch.add('active', sampleOf(12));
    watch.add('canary', { isError: true });
    watch.add('canary', { isError: true });
    expect(watch.verdict()).toBeUndefined();
    watch.add('canary', { isError: true });
    expect(watch.verdict()).toMatch(/^errors: 100\.0 % of its photos failed/);
  });
});
