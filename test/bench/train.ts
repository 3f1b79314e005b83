import { availableParallelism } from 'node:os';
import { chooseBackend } from '../../trainer/backend.ts';
import type { PresetName } from '../../trainer/config.ts';
import { hasTorch } from './peer/process.ts';
import { measureSteps, type PeerFigures, type StepFigures } from './train/measure.ts';
import { parseTrainOptions, type TrainBenchOptions } from './train/options.ts';
import { measurePeak } from './train/peak.ts';
import type { Quartiles } from './train/quartiles.ts';

/** The preset whose step is written in PyTorch, too. */
const PEER_PRESET: PresetName = 'modern-s';

const USAGE = `Usage: npm run bench -- train [options]

  --preset NAME  measure this preset only; may be given several times (default: all)
  --steps N      steps to measure of each (default: 80)
  --no-peer      do not run the same step in PyTorch
  --json         print one JSON object
`;

/**
 * Speed and memory of one full training step of each preset, beside the machine's peak and beside
 * the same step in PyTorch. Sets exit code 2 for arguments it does not know, 1 when PyTorch's step
 * turns out to be another.
 */
export async function benchTrain(args: readonly string[]): Promise<void> {
  let options: TrainBenchOptions;
  try {
    options = parseTrainOptions(args);
  } catch (error) {
    console.error(`bench train: ${(error as Error).message}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  try {
    await run(options);
  } catch (error) {
    console.error(`bench train: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}

async function run({ presets, steps, withPeer, asJson }: TrainBenchOptions): Promise<void> {
  const print = asJson ? console.error : console.log;
  const threads = availableParallelism();
  const { description } = await chooseBackend();
  print(`backend: ${description}, ${threads} threads`);
  const peakFlopPerS = await measurePeak(threads);
  print(`peak: ${giga(peakFlopPerS)} GFLOP/s, a 2048x2048x2048 float32 matrix product`);
  const peerPreset = withPeer ? await findPeer(presets, print) : undefined;
  const results: StepFigures[] = [];
  for (const preset of presets) {
    const peerThreads = preset === peerPreset ? threads : undefined;
    const figures = await measureSteps(preset, steps, peerThreads);
    results.push(figures);
    report(figures, peakFlopPerS, print);
  }
  if (asJson) {
    console.log(JSON.stringify({ backend: description, threads, peakFlopPerS, presets: results }));
  }
}

type Print = (line: string) => void;

/** The preset to run in PyTorch as well; undefined when it is not asked for or PyTorch is missing. */
async function findPeer(
  presets: readonly PresetName[],
  print: Print,
): Promise<PresetName | undefined> {
  if (!presets.includes(PEER_PRESET)) return undefined;
  if (await hasTorch()) return PEER_PRESET;
  print(
    "PyTorch left out, since python3 -c 'import torch' fails: " +
      'pip install torch in a virtual environment, and activate it',
  );
  return undefined;
}

function report(figures: StepFigures, peakFlopPerS: number, print: Print): void {
  const { preset, batchSize, steps, msPerStep, imagesPerS, flopPerStep, flopPerS } = figures;
  const share = (100 * flopPerS) / peakFlopPerS;
  print(
    `${preset}, batch ${batchSize}, ${steps} steps: ${milliseconds(msPerStep)}, ` +
      `${imagesPerS.toFixed(1)} images/s, ${giga(flopPerStep)} GFLOP/step, ` +
      `${giga(flopPerS)} GFLOP/s, ${share.toFixed(1)} % of the peak`,
  );
  const { tensors, tensorGrowth, rssBytes, rssGrowthBytes } = figures;
  print(
    `${preset}, memory: ${tensors} tensors (${signed(tensorGrowth)}), ` +
      `${mebi(rssBytes).toFixed(0)} MiB resident (${signed(Math.round(mebi(rssGrowthBytes)))})`,
  );
  if (figures.peer !== undefined) reportPeer(preset, figures.peer, print);
}

function reportPeer(preset: PresetName, figures: PeerFigures, print: Print): void {
  const { version, msPerStep, peakRssBytes, ratio } = figures;
  print(
    `${preset} in PyTorch ${version}: ${milliseconds(msPerStep)}, ` +
      `at most ${mebi(peakRssBytes).toFixed(0)} MiB resident`,
  );
  print(`${preset}, ours / PyTorch: ${ratio.toFixed(2)} times the step time`);
}

function milliseconds({ lower, median, upper }: Quartiles): string {
  return `${median.toFixed(1)} ms/step (quartiles ${lower.toFixed(1)} to ${upper.toFixed(1)})`;
}

function giga(value: number): string {
  return (value / 1e9).toFixed(1);
}

function mebi(bytes: number): number {
  return bytes / 2 ** 20;
}

function signed(value: number): string {
  return value < 0 ? String(value) : `+${value}`;
}
