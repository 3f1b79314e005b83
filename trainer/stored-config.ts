import type { LossWeights, ModernConfig, TrainConfig } from './config.ts';

/** A configuration as `config.json` may hold it: the first ones had fewer fields. */
type StoredConfig =
  | TrainConfig
  | (Omit<ModernConfig, 'family' | 'warnings' | 'jitter'> &
      Partial<Pick<ModernConfig, 'warnings' | 'jitter'>> & {
        readonly family?: undefined;
        /** Largest shift in px, before faces were also turned and scaled. */
        readonly shift?: number;
      });

/** Terms that earlier runs did not have. */
const ABSENT_TERMS: Partial<LossWeights> = {
  throughMask: false,
  chroma: 0,
  outside: 0,
  restraintFrom: 1,
  source: 0,
  sourceEverySteps: 1,
};

/**
 * Reads the text of a `config.json`. Fields that its run did not know get the values that leave
 * training as it was.
 */
export function parseConfig(text: string): TrainConfig {
  const stored = JSON.parse(text) as StoredConfig;
  if (stored.family === 'classic') return stored;
  if (stored.family === 'modern') return { ...stored, loss: { ...ABSENT_TERMS, ...stored.loss } };
  const { shift = 0, ...fields } = stored;
  return {
    jitter: { shift, warped: 0, turn: 0, scale: 0 },
    warnings: [],
    ...fields,
    family: 'modern',
    loss: { ...ABSENT_TERMS, ...stored.loss },
  };
}
