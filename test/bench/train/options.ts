import { parseArgs } from 'node:util';
import type { PresetName } from '../../../trainer/config.ts';
import { PRESETS } from '../../../trainer/presets.ts';

export interface TrainBenchOptions {
  readonly presets: readonly PresetName[];
  /** Steps to measure of each preset. */
  readonly steps: number;
  /** Whether to run the same step in PyTorch, where that is installed. */
  readonly withPeer: boolean;
  readonly asJson: boolean;
}

const DEFAULT_STEPS = 80;

/** Throws an Error that says what is wrong with the arguments and what was expected. */
export function parseTrainOptions(args: readonly string[]): TrainBenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      preset: { type: 'string', multiple: true },
      steps: { type: 'string' },
      'no-peer': { type: 'boolean' },
      json: { type: 'boolean' },
    },
  });
  const known = Object.keys(PRESETS) as PresetName[];
  const presets = values.preset?.map((name) => {
    const preset = known.find((candidate) => candidate === name);
    if (preset === undefined) throw new Error(`--preset ${name}: expected ${known.join(', ')}`);
    return preset;
  });
  const steps = values.steps === undefined ? DEFAULT_STEPS : Number(values.steps);
  if (!Number.isSafeInteger(steps) || steps < 1) {
    throw new Error(`--steps ${values.steps}: expected a whole number above 0`);
  }
  return {
    presets: presets ?? known,
    steps,
    withPeer: values['no-peer'] !== true,
    asJson: values.json === true,
  };
}
