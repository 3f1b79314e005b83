import { join } from 'node:path';
import { z } from 'zod';
import { packageFolder } from '../paths.ts';
import { flag } from './setting-kinds.ts';

/** Which models serve, and on what. */
export const modelVariables = {
  DM_MODEL_REPO: z
    .string()
    .min(1)
    .default(() => join(packageFolder(), 'models'))
    .describe('folder with <name>/<version>/manifest.json'),
  DM_EP: z
    .enum(['auto', 'cpu', 'cuda'])
    .default('auto')
    .describe('execution provider; auto takes cuda where it works'),
  DM_EP_STRICT: flag(false).describe('refuse to start when DM_EP=cuda would fall back to the CPU'),
};

export function toModels(values: z.infer<z.ZodObject<typeof modelVariables>>) {
  return {
    modelRepo: values.DM_MODEL_REPO,
    provider: { wanted: values.DM_EP, isStrict: values.DM_EP_STRICT },
  } as const;
}
