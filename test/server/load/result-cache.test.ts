import { describe, expect, test } from 'vitest';
import { ResultCache } from '../../../server/load/result-cache.ts';
import { createMetrics } from '../../../server/metrics.ts';
import type { MakeoverJob, MakeoverResult } from '../../../server/photo/job.ts';

const JOB: Omit<MakeoverJob, 'file'> = {
  kind: 'makeover',
  model: 'tint/1',
  strength: 1,
  faces: 'all',
  output: 'photo',
  format: 'jpeg',
  quality: undefined,
  maxPixels: 1e6,
  maxFaces: 64,
};

function result(bytes: number): MakeoverResult {
  return {
    kind: 'makeover',
    file: new Uint8Array(bytes),
    format: 'jpeg',
    faces: [],
    change: { meanAbs: 0, mean: [0, 0, 0] },
    timingsMs: {},
  };
}

function createCache(maxBytes: number, version = '1.0.0'): ResultCache {
  return new ResultCache({ maxBytes, version, metrics: createMetrics() });
}

describe('the tag of a result', () => {
  const cache = createCache(0);
  const tag = cache.tagOf(JOB, 'aa');

  test('is the same for the same photo, parameters and model', () => {
    expect(cache.tagOf({ ...JOB }, 'aa')).toBe(tag);
    expect(createCache(9).tagOf(JOB, 'aa')).toBe(tag);
  });

  test.each<[string, Partial<MakeoverJob>]>([
    ['model', { model: 'tint/2' }],
    ['strength', { strength: 0.5 }],
    ['faces', { faces: [1] }],
    ['output', { output: 'face' }],
    ['format', { format: 'png' }],
    ['quality', { quality: 80 }],
  ])('differs by %s', (_name, change) => {
    expect(cache.tagOf({ ...JOB, ...change }, 'aa')).not.toBe(tag);
  });

  test('differs by photo and by version of the service', () => {
    expect(cache.tagOf(JOB, 'ab')).not.toBe(tag);
    expect(createCache(0, '1.0.1').tagOf(JOB, 'aa')).not.toBe(tag);
  });
});

test('a result is found again, by its client only', () => {
  const cache = createCache(1e6);
  const kept = result(10);
  cache.keep('ip:1', 'tag', kept);
  expect(cache.find('ip:1', 'tag')).toBe(kept);
  expect(cache.find('ip:2', 'tag')).toBeUndefined();
  expect(cache.find('ip:1', 'other')).toBeUndefined();
});

test('holds no more than its bytes, those used last', () => {
  const cache = createCache(10_000);
  for (const tag of ['a', 'b', 'c']) cache.keep('ip:1', tag, result(2000));
  cache.find('ip:1', 'a');
  cache.keep('ip:1', 'd', result(2000));
  expect(cache.bytes).toBeLessThanOrEqual(10_000);
  expect(['a', 'b', 'c', 'd'].filter((tag) => cache.find('ip:1', tag))).toEqual(['a', 'c', 'd']);
  cache.keep('ip:1', 'huge', result(20_000));
  expect(cache.find('ip:1', 'huge')).toBeUndefined();
});
