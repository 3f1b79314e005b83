import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { packageFolder } from '../paths.ts';
import { integer } from './setting-kinds.ts';

/** Which models serve, and what is remembered of that. */
export const modelVariables = {
  DM_MODEL_REPO: z
    .string()
    .min(1)
    .default(() => join(packageFolder(), 'models'))
    .describe('folder with <name>/<version>/manifest.json'),
  DM_MODEL_POLL_S: integer(0, 86_400, 2).describe(
    'how often the model repository is looked at, in seconds; 0: only at the start',
  ),
  DM_DATA_DIR: z
    .string()
    .min(1)
    .default(defaultDataFolder)
    .describe('folder of our own, for what outlives a restart: models/<name>/channel.json'),
  DM_STANDBY_VERSIONS: integer(0, 64, 1).describe(
    'versions of each model kept in memory beside those that serve, the previous one first',
  ),
  DM_CANARY_MIN_PHOTOS: integer(2, 1_000_000, 30).describe(
    'photos of the canary and of the active version from which on they are compared',
  ),
  DM_CANARY_MAX_DRIFT_LEVELS: integer(1, 255, 6).describe(
    'a canary is stopped when it changes faces by so many grey levels more, less or otherwise',
  ),
};

/** Outside the package, which may be a checkout or read-only (XDG Base Directory Specification). */
function defaultDataFolder(): string {
  const state = process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  return join(state, 'deep-makeover');
}

export function toModels(values: z.infer<z.ZodObject<typeof modelVariables>>) {
  return {
    modelRepo: values.DM_MODEL_REPO,
    modelPollMs: values.DM_MODEL_POLL_S * 1000,
    dataFolder: values.DM_DATA_DIR,
    standbyVersions: values.DM_STANDBY_VERSIONS,
    canary: {
      minPhotos: values.DM_CANARY_MIN_PHOTOS,
      maxDriftLevels: values.DM_CANARY_MAX_DRIFT_LEVELS,
    },
  } as const;
}
