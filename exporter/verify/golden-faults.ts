import { checkGolden, readTensor } from '../../models/contract/golden.ts';
import type { Manifest } from '../../models/contract/manifest.ts';
import type { ModelRunner, Tensor } from '../../models/contract/tensor.ts';
import { CHANNEL_SWAPS, type SwappedSides, withSwappedChannels } from './channel-order.ts';

type ReadFile = (path: string) => Promise<Uint8Array>;

/** Ranges that networks use inside, and how many grey levels their unit is. */
const RANGES = [
  { range: '[-1, 1]', levels: 127.5 },
  { range: '[0, 1]', levels: 255 },
];
/** Relative difference of a measured factor from one of those. */
const FACTOR_TOLERANCE = 0.05;

/**
 * Why a model does not reproduce its golden pairs, where the answer itself tells.
 *
 * @returns undefined when it differs in no way that is known
 */
export async function explainDifference(
  runner: ModelRunner,
  manifest: Manifest,
  readFile: ReadFile,
): Promise<string | undefined> {
  for (const sides of CHANNEL_SWAPS) {
    if (await passesSwapped(runner, manifest, readFile, sides)) {
      return `swapped channels: the model ${describeSwap(sides)} BGR, expected RGB`;
    }
  }
  const { input, outputs } = manifest.golden;
  const answer = await runner.run({ [input.name]: await readTensor(input, readFile) });
  for (const golden of outputs) {
    const found = answer[golden.output];
    const range = found && foreignRange(found, await readTensor(golden, readFile));
    if (range !== undefined) {
      return `wrong range: the output ${golden.output} is in ${range}, expected grey levels`;
    }
  }
  return undefined;
}

/**
 * Refuses golden pairs that a model with swapped channels would reproduce as well: such pairs, grey
 * ones for example, prove nothing about the order of the channels.
 *
 * @param runner reproduces the pairs as they are
 */
export async function requireSensitivePairs(
  runner: ModelRunner,
  manifest: Manifest,
  readFile: ReadFile,
): Promise<void> {
  const hasColour = manifest.outputs.some(({ dims }) => dims.at(-1) === 3);
  for (const sides of CHANNEL_SWAPS) {
    if (sides.outputs && !hasColour) continue;
    if (await passesSwapped(runner, manifest, readFile, sides)) {
      throw new Error(
        `the golden pairs would pass if the model ${describeSwap(sides)} BGR: they need coloured pictures on which the order of the channels matters`,
      );
    }
  }
}

async function passesSwapped(
  runner: ModelRunner,
  manifest: Manifest,
  readFile: ReadFile,
  sides: SwappedSides,
): Promise<boolean> {
  try {
    await checkGolden(withSwappedChannels(runner, sides), manifest, readFile, 'cpu');
    return true;
  } catch {
    return false;
  }
}

function describeSwap({ inputs, outputs }: SwappedSides): string {
  if (inputs && outputs) return 'takes and gives';
  return inputs ? 'takes' : 'gives';
}

/** The range of an answer that is the expected one but for its unit; undefined when it is not. */
function foreignRange(found: Tensor, expected: Tensor): string | undefined {
  if (found.data.length !== expected.data.length) return undefined;
  if (found.type === 'uint8') {
    const isTiny = found.data.every((level) => level <= 1);
    return isTiny && expected.data.some((level) => level > 2) ? '[0, 1]' : undefined;
  }
  // Least squares: expected = factor * found.
  let product = 0;
  let square = 0;
  for (let i = 0; i < found.data.length; i++) {
    const value = found.data[i] ?? 0;
    product += value * (expected.data[i] ?? 0);
    square += value * value;
  }
  const factor = product / square;
  return RANGES.find(({ levels }) => Math.abs(factor / levels - 1) < FACTOR_TOLERANCE)?.range;
}
