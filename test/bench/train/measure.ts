import * as tf from '@tensorflow/tfjs';
import type { PresetName } from '../../../trainer/config.ts';
import { COMPARED_STEPS, disagreement } from '../peer/agreement.ts';
import { PeerProcess } from '../peer/process.ts';
import { countFlop } from './flop.ts';
import { type Quartiles, quartiles } from './quartiles.ts';
import { Stepper } from './stepper.ts';

export interface StepFigures {
  readonly preset: PresetName;
  readonly batchSize: number;
  /** Steps that were timed: in blocks, one for each time. */
  readonly steps: number;
  readonly msPerStep: Quartiles;
  readonly imagesPerS: number;
  /** FLOP of an average step. */
  readonly flopPerStep: number;
  readonly flopPerS: number;
  readonly tensors: number;
  /** Tensors and bytes gained while the time was taken: what a step leaks. */
  readonly tensorGrowth: number;
  readonly rssBytes: number;
  readonly rssGrowthBytes: number;
  readonly peer: PeerFigures | undefined;
}

export interface PeerFigures {
  readonly version: string;
  readonly msPerStep: Quartiles;
  readonly peakRssBytes: number;
  /** Our median step time over PyTorch's. */
  readonly ratio: number;
}

/**
 * Measures whole steps of a preset. Blocks of steps are timed, each with every term that is applied
 * only every few steps, so that all blocks hold the same work; the peer's blocks alternate with ours,
 * so that both meet the same noise.
 *
 * @param steps rounded up to whole blocks
 * @param peerThreads undefined without a peer
 * @throws Error when the peer does not compute the same
 */
export async function measureSteps(
  preset: PresetName,
  steps: number,
  peerThreads: number | undefined,
): Promise<StepFigures> {
  const stepper = new Stepper(preset);
  const peer =
    peerThreads === undefined ? undefined : await PeerProcess.start(stepper, peerThreads);
  try {
    if (peer !== undefined) await requireAgreement(stepper, peer);
    const { periodSteps } = stepper;
    // Also warms both up.
    await peer?.run(stepper.next(periodSteps));
    const flop = await countFlop(() => stepper.run(periodSteps));
    const before = memory();
    const oursMs: number[] = [];
    const peerMs: number[] = [];
    for (let done = 0; done < steps; done += periodSteps) {
      const next = stepper.next(periodSteps);
      oursMs.push(stepper.run(periodSteps).elapsedMs / periodSteps);
      if (peer !== undefined) peerMs.push((await peer.run(next)).elapsedMs / periodSteps);
    }
    const figures = summarise(stepper, oursMs, flop / periodSteps, before);
    return { ...figures, peer: peer && summarisePeer(peer, figures.msPerStep, peerMs) };
  } finally {
    peer?.stop();
    stepper.dispose();
  }
}

async function requireAgreement(stepper: Stepper, peer: PeerProcess): Promise<void> {
  const theirs = await peer.run(stepper.next(COMPARED_STEPS));
  const difference = disagreement(stepper.run(COMPARED_STEPS), theirs);
  if (difference !== undefined) {
    throw new Error(
      `PyTorch's step is not ours, so their times cannot be compared: ${difference}; ` +
        'bring test/bench/peer up to date with trainer/, or leave it out with --no-peer',
    );
  }
}

interface Memory {
  readonly tensors: number;
  readonly rssBytes: number;
}

function memory(): Memory {
  return { tensors: tf.memory().numTensors, rssBytes: process.memoryUsage().rss };
}

function summarise(
  { config, periodSteps, batchesPerStep }: Stepper,
  timesMs: readonly number[],
  flopPerStep: number,
  before: Memory,
): Omit<StepFigures, 'peer'> {
  const { preset, batchSize } = config;
  const { tensors, rssBytes } = memory();
  const msPerStep = quartiles(timesMs);
  const stepsPerS = 1000 / msPerStep.median;
  return {
    preset,
    batchSize,
    steps: timesMs.length * periodSteps,
    msPerStep,
    imagesPerS: batchSize * batchesPerStep * stepsPerS,
    flopPerStep,
    flopPerS: flopPerStep * stepsPerS,
    tensors,
    tensorGrowth: tensors - before.tensors,
    rssBytes,
    rssGrowthBytes: rssBytes - before.rssBytes,
  };
}

function summarisePeer(
  { version, peakRssBytes }: PeerProcess,
  ours: Quartiles,
  timesMs: readonly number[],
): PeerFigures {
  const msPerStep = quartiles(timesMs);
  return { version, msPerStep, peakRssBytes, ratio: ours.median / msPerStep.median };
}
