import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, vi } from 'vitest';

/**
 * Gives the tests of a file or group a cache of their own, removed at their end, so that what they
 * decode neither comes from the user's cache, left there by an earlier run, nor stays in it.
 */
export function useOwnCache(): void {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dm-cache-'));
    vi.stubEnv('XDG_CACHE_HOME', folder);
  });

  afterAll(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });
}
