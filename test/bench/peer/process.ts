import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readValues } from '../../../trainer/networks/parameters.ts';
import type { Progress } from '../../../trainer/training/progress.ts';
import * as schedule from '../../../trainer/training/schedule.ts';
import type { MeasuredSteps, Stepper } from '../train/stepper.ts';
import { float32, type StoredTensor, weightTensors, writeSetup } from './stored-tensors.ts';

const SCRIPT = fileURLToPath(new URL('train_step.py', import.meta.url));
export const PYTHON = 'python3';
/** Faces made over to what they are already, as in trainer/training/steps.ts. */
const SELF_SHARE = 0.25;

/** Whether `python3 -c 'import torch'` works. */
export async function hasTorch(): Promise<boolean> {
  try {
    await promisify(execFile)(PYTHON, ['-c', 'import torch']);
    return true;
  } catch {
    return false;
  }
}

/** The same steps from the same weights on the same batch in PyTorch, in a process of its own. */
export class PeerProcess {
  /** PyTorch's version. */
  readonly version: string;
  /** Most memory that the process has had so far. */
  peakRssBytes = 0;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #stepper: Stepper;

  private constructor(
    child: ChildProcess,
    lines: AsyncIterator<string>,
    stepper: Stepper,
    version: string,
  ) {
    this.#child = child;
    this.#lines = lines;
    this.#stepper = stepper;
    this.version = version;
  }

  /**
   * @param stepper whose present weights and batch the process starts from; its optimisers must not
   *   have made a step yet
   * @throws Error when the stepper's preset is not of the family `modern`, and when the process ends at
   *   once; it has printed why
   */
  static async start(stepper: Stepper, threads: number): Promise<PeerProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'peer-'));
    try {
      await writeTraining(folder, stepper, threads);
      const child = spawn(PYTHON, [SCRIPT, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
      // Writing to a process that died fails, too; the answer that stays out tells it better.
      child.stdin.on('error', () => undefined);
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const { version } = (await readLine(lines)) as { version: string };
      return new PeerProcess(child, lines, stepper, version);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  /** Makes steps; the stepper makes the same ones for itself. */
  async run(steps: readonly Progress[]): Promise<MeasuredSteps> {
    const { config } = this.#stepper.modern;
    const request = steps.map((progress) => ({
      step: progress.step,
      learningRate: schedule.learningRate(config, progress),
      adversarialWeight: schedule.adversarialWeight(config, progress),
      lowpassWeight: schedule.lowpassWeight(config, progress),
      restraint: schedule.restraint(config, progress),
      emaDecay: schedule.emaDecay(config, progress),
    }));
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    const answer = (await readLine(this.#lines)) as MeasuredSteps & { peakRssBytes: number };
    this.peakRssBytes = answer.peakRssBytes;
    return answer;
  }

  /** The process ends by itself when it is asked for nothing more. */
  stop(): void {
    this.#child.stdin?.end();
  }
}

async function readLine(lines: AsyncIterator<string>): Promise<unknown> {
  const { done, value } = await lines.next();
  if (done === true) throw new Error('the PyTorch process ended early: see its message above');
  return JSON.parse(value);
}

/** Writes the files that train_step.py starts from. */
async function writeTraining(folder: string, stepper: Stepper, threads: number): Promise<void> {
  const { config, model } = stepper.modern;
  const tensors = [...networkTensors(stepper), ...batchTensors(stepper)];
  await writeSetup(folder, tensors, {
    threads,
    config,
    generator: model.generatorConfig,
    discriminator: model.discriminatorConfig,
    translated: translatedRows(stepper),
  });
}

function networkTensors(stepper: Stepper): StoredTensor[] {
  const { model } = stepper.modern;
  const networks = { generator: model.generator, discriminator: model.discriminator };
  const weights = Object.entries(networks).flatMap(([network, variables]) =>
    weightTensors(network, readValues(variables)),
  );
  const outside = Float32Array.from(model.outside.dataSync());
  return [...weights, float32('outside', model.outside.shape, outside)];
}

function batchTensors(stepper: Stepper): StoredTensor[] {
  const { batch, config } = stepper;
  const targets = Object.keys(config.selection.targets).length;
  const translated = translatedRows(stepper);
  const labels = batch.sourceLabels.map((label, i) =>
    i < translated ? label : (batch.ownLabels[i] ?? label),
  );
  const { height, width } = config.crop;
  const pictures = (name: string, bytes: Uint8Array): StoredTensor => {
    return { name, type: 'uint8', shape: [config.batchSize, height, width, 3], bytes };
  };
  const oneHot = (name: string, values: Int32Array): StoredTensor => {
    const rows = new Float32Array(values.length * targets);
    for (const [i, value] of values.entries()) rows[i * targets + value] = 1;
    return float32(name, [values.length, targets], rows);
  };
  return [
    // Before the pictures, since float32 must start at a multiple of 4 bytes.
    oneHot('batch/labels', labels),
    oneHot('batch/ownLabels', batch.ownLabels),
    oneHot('batch/realLabels', batch.realLabels),
    pictures('batch/sources', batch.sources),
    pictures('batch/reals', batch.reals),
  ];
}

function translatedRows({ config: { batchSize } }: Stepper): number {
  return batchSize - Math.max(1, Math.round(batchSize * SELF_SHARE));
}
