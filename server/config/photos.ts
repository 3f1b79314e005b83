import type { z } from 'zod';
import { integer, MAX_TIMER_MS, MIB } from './setting-kinds.ts';

/** What a photo may be. */
export const photoVariables = {
  DM_MAX_UPLOAD_BYTES: integer(1, 2 ** 30, 32 * MIB).describe('largest file'),
  DM_MAX_PIXELS: integer(1, 2 ** 30, 50_000_000).describe('largest width x height'),
  DM_MAX_FACES: integer(1, 1024, 64).describe('faces made over in one photo, largest first'),
  DM_UPLOAD_TIMEOUT_MS: integer(1, MAX_TIMER_MS, 15_000).describe(
    'time for an upload, and for sending a result, extended by a second for each 64 KiB',
  ),
  DM_TIMEOUT_MS: integer(1, MAX_TIMER_MS, 30_000).describe('time for a photo after its upload'),
};

export function toPhotos(values: z.infer<z.ZodObject<typeof photoVariables>>) {
  return {
    maxUploadBytes: values.DM_MAX_UPLOAD_BYTES,
    maxPixels: values.DM_MAX_PIXELS,
    maxFaces: values.DM_MAX_FACES,
    uploadTimeoutMs: values.DM_UPLOAD_TIMEOUT_MS,
    timeoutMs: values.DM_TIMEOUT_MS,
  } as const;
}
