import { join } from 'node:path';
import { z } from 'zod';
import { packageFolder } from '../paths.ts';

/** Which models serve. */
export const modelVariables = {
  DM_MODEL_REPO: z
    .string()
    .min(1)
    .default(() => join(packageFolder(), 'models'))
    .describe('folder with <name>/<version>/manifest.json'),
};

export function toModels(values: z.infer<z.ZodObject<typeof modelVariables>>) {
  return {
    modelRepo: values.DM_MODEL_REPO,
  } as const;
}
