import type { MakeoverJob } from '../../../server/photo/job.ts';

/** What the service does with a photo when a request names nothing but the model. */
export function makeoverJob(file: Uint8Array, model: string): MakeoverJob {
  return {
    kind: 'makeover',
    file,
    model,
    strength: 1,
    faces: 'all',
    output: 'photo',
    format: 'jpeg',
    quality: undefined,
    maxPixels: 50_000_000,
    maxFaces: 64,
  };
}
