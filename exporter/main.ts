import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import type { DataSource } from '../models/contract/manifest.ts';
import { chooseBackend } from '../trainer/backend.ts';
import { parseGroupFlags } from '../trainer/evaluation/groups.ts';
import { findTrainingData, type TrainingData } from './data-sources.ts';
import { exportGenerator, type GeneratorExport } from './generator/export.ts';
import { createGoldenCrops } from './generator/golden-crops.ts';
import { createMeasurement } from './generator/measurement.ts';
import { type CheckpointChoice, readRun, type TrainedRun } from './generator/run-folder.ts';
import { checkoutFolder } from './paths.ts';
import { nextVersion, publishModel, requireNewVersion } from './publish.ts';
import { addToTriton } from './triton/repository.ts';

const HELP = `Usage: npm run export -- RUN [options]

Writes the averaged weights of a training run as models/<target>/<version>/, one model a target, each with
warm-start.bin, from which npm run train -- --from goes on.

  --out DIR            folder of all models (default: the checkout's models/)
  --version N          version of every target (default: one more than the highest there)
  --best               the checkpoint that validation during training found best (default: the last one)
  --force              replace an existing version
  --triton DIR         add every target to a Triton model repository, too; deep-makeover triton --help
                       tells more
  --calibrate DIR      aligned faces to calibrate the int8 file on: crops, frames or a folder in CelebA layout
                       (default: some that the run trained on)
  --no-evaluate        leave the evaluation out, which trains C_eval the first time and takes minutes;
                       the card will say that nothing is known about the model's quality, and float32
                       will be its only file
  --groups FILE.csv, --group-columns NAME,NAME
                       groups that the card reports results for, as in npm run evaluate
  --data-name TEXT, --data-licence TEXT, --data-attribution TEXT
                       terms of the training data, when it is neither fairface nor celeba
`;

interface ExportRequest {
  readonly run: string;
  readonly checkpoint: CheckpointChoice;
  readonly out: string;
  readonly version: number | undefined;
  readonly force: boolean;
  /** The Triton model repository that the models are added to. */
  readonly triton: string | undefined;
  readonly isEvaluated: boolean;
  readonly calibrationFolder: string | undefined;
  readonly groups: Parameters<typeof parseGroupFlags>[0];
  readonly data: Partial<DataSource>;
}

interface ExportPlan {
  readonly request: ExportRequest;
  readonly run: TrainedRun;
  readonly data: TrainingData;
  readonly targets: readonly { readonly target: string; readonly version: number }[];
}

/** Exports a training run. Returns the process's exit code: 2 where flags or the run are at fault. */
export async function main(args: readonly string[]): Promise<number> {
  let plan: ExportPlan;
  try {
    const request = parseRequest(args);
    if (request === undefined) {
      console.log(HELP);
      return 0;
    }
    plan = await planExport(request);
  } catch (error) {
    console.error(`export: ${(error as Error).message}\nTry: npm run export -- --help`);
    return 2;
  }
  try {
    await exportRun(plan);
    return 0;
  } catch (error) {
    console.error(`export: ${(error as Error).message}`);
    return 1;
  }
}

function parseRequest(args: readonly string[]): ExportRequest | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      out: { type: 'string' },
      version: { type: 'string' },
      best: { type: 'boolean', default: false },
      force: { type: 'boolean', default: false },
      triton: { type: 'string' },
      'no-evaluate': { type: 'boolean', default: false },
      calibrate: { type: 'string' },
      groups: { type: 'string' },
      'group-columns': { type: 'string' },
      'data-name': { type: 'string' },
      'data-licence': { type: 'string' },
      'data-attribution': { type: 'string' },
    },
  });
  if (values.help) return undefined;
  const [run, ...others] = positionals;
  if (run === undefined || others.length > 0) throw new Error('name one run folder');
  if (values.version !== undefined && !/^[1-9]\d*$/.test(values.version)) {
    throw new Error(`--version needs a whole number from 1 on, got "${values.version}"`);
  }
  if (values.calibrate !== undefined && values['no-evaluate']) {
    throw new Error('--calibrate is for the int8 file, which --no-evaluate leaves out: drop one');
  }
  return {
    run: resolve(run),
    checkpoint: values.best ? 'best' : 'last',
    out: values.out === undefined ? join(checkoutFolder(), 'models') : resolve(values.out),
    version: values.version === undefined ? undefined : Number(values.version),
    force: values.force,
    triton: values.triton === undefined ? undefined : resolve(values.triton),
    isEvaluated: !values['no-evaluate'],
    calibrationFolder: values.calibrate === undefined ? undefined : resolve(values.calibrate),
    groups: values,
    data: {
      ...(values['data-name'] !== undefined && { name: values['data-name'] }),
      ...(values['data-licence'] !== undefined && { licence: values['data-licence'] }),
      ...(values['data-attribution'] !== undefined && { attribution: values['data-attribution'] }),
    },
  };
}

/** Reads the run and settles the versions, before anything is computed. */
async function planExport(request: ExportRequest): Promise<ExportPlan> {
  const { out, version, force } = request;
  const run = await readRun(request.run, request.checkpoint);
  const data = findTrainingData(run.config.data, request.data);
  const targets: ExportPlan['targets'][number][] = [];
  for (const target of run.targets) {
    const plan = { target, version: version ?? (await nextVersion(out, target)) };
    if (!force) requireNewVersion(out, target, plan.version);
    targets.push(plan);
  }
  return { request, run, data, targets };
}

async function exportRun({ request, run, data, targets }: ExportPlan): Promise<void> {
  const { out, force, triton } = request;
  const { description } = await chooseBackend();
  console.log(`backend: ${description}`);
  const measurement = request.isEvaluated
    ? await createMeasurement(
        run.config,
        parseGroupFlags(request.groups, run.config.data),
        request.calibrationFolder,
      )
    : undefined;
  const commit = await currentCommit();
  const crops = await createGoldenCrops(run.config.crop);
  const models: GeneratorExport[] = [];
  for (const target of targets) {
    models.push(
      await exportGenerator({
        ...target,
        run,
        data,
        commit,
        crops,
        measurement,
      }),
    );
  }
  for (const { draft, files } of models) {
    const folder = await publishModel(out, draft, files, force);
    console.log(folder);
    for (const { output, maxAbs, meanAbs } of draft.parity) {
      console.log(`  ${output}: differs from tf.js by at most ${maxAbs}, on average ${meanAbs}`);
    }
    for (const { precision, bytes, suits } of draft.variants ?? []) {
      const providers = suits.length > 0 ? `for ${suits.join(', ')}` : 'for no provider';
      console.log(`  ${precision}: ${bytes} bytes, ${providers}`);
    }
    if (triton !== undefined) {
      const options = { repository: triton, force, provider: 'auto', instances: 1 } as const;
      console.log(await addToTriton(folder, options));
    }
  }
}

/** The checkout's commit, which the card names; a copy without history has none. */
async function currentCommit(): Promise<string> {
  try {
    const args = ['rev-parse', '--verify', 'HEAD'];
    const { stdout } = await promisify(execFile)('git', args, { cwd: checkoutFolder() });
    return stdout.trim();
  } catch {
    return 'unknown';
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2));
}
