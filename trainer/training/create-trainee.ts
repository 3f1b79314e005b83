import type { TrainConfig } from '../config.ts';
import { CrossEntropyTrainee } from './classic/cross-entropy.ts';
import { WassersteinTrainee } from './classic/wasserstein.ts';
import { ModernTrainee } from './modern.ts';
import type { Trainee } from './trainee.ts';

/** The untrained networks of a run. */
export function createTrainee(config: TrainConfig): Trainee {
  if (config.family === 'modern') return new ModernTrainee(config);
  return config.objective === 'cross-entropy'
    ? new CrossEntropyTrainee(config)
    : new WassersteinTrainee(config);
}
