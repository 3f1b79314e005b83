import { parseArgs } from 'node:util';

export interface InferenceBenchOptions {
  /** A published generator's folder; undefined for the newest of those that are shipped. */
  readonly model: string | undefined;
  /** Images in one run of a session. */
  readonly batches: readonly number[];
  /** Blocks that are timed of each file and setting. */
  readonly rounds: number;
  /** Whether to measure the same network from PyTorch's exporter, where PyTorch is installed. */
  readonly withPeer: boolean;
  /** Whether to print what each operator takes. */
  readonly withProfile: boolean;
  readonly asJson: boolean;
}

const DEFAULT_BATCHES = [1, 4, 16];
const DEFAULT_ROUNDS = 15;

/** Throws an Error that says what is wrong with the arguments and what was expected. */
export function parseInferenceOptions(args: readonly string[]): InferenceBenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      model: { type: 'string' },
      batch: { type: 'string' },
      rounds: { type: 'string' },
      'no-peer': { type: 'boolean' },
      profile: { type: 'boolean' },
      json: { type: 'boolean' },
    },
  });
  const batches = values.batch?.split(',').map((text) => parseCount('--batch', text));
  return {
    model: values.model,
    batches: batches ?? DEFAULT_BATCHES,
    rounds: values.rounds === undefined ? DEFAULT_ROUNDS : parseCount('--rounds', values.rounds),
    withPeer: values['no-peer'] !== true,
    withProfile: values.profile === true,
    asJson: values.json === true,
  };
}

function parseCount(flag: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) {
    throw new Error(`${flag} "${text}": expected a whole number above 0`);
  }
  return Number(text);
}
