import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { checkoutFolder } from '../../exporter/paths.ts';
import { listVersions } from '../../exporter/publish.ts';
import { CELEBA_CROP, type CropGeometry } from '../../models/contract/crop.ts';
import { requireAgreement } from './inference/agreement.ts';
import {
  buildOwnCandidates,
  drawModernNetwork,
  OURS,
  PEER,
  readPublished,
} from './inference/candidates.ts';
import {
  type Candidate,
  type InferenceFigures,
  measureSetting,
  SHARINGS,
} from './inference/measure.ts';
import { type InferenceBenchOptions, parseInferenceOptions } from './inference/options.ts';
import { profileModel } from './inference/profile.ts';
import { formatFigures, formatProfile, formatRatios, ratiosOf } from './inference/report.ts';
import { canExportFromTorch, exportFromTorch } from './peer/exported-generator.ts';
import { measurePeak } from './train/peak.ts';

/** About how long a block of runs of one file takes. */
const BLOCK_MS = 150;

const USAGE = `Usage: npm run bench -- inference [options]

  --model DIR      a published generator, all of whose files are measured (default: the newest feminine)
  --batch N,N,...  images in one run (default: 1,4,16)
  --rounds N       blocks that are timed of each file and setting (default: 15)
  --no-peer        do not measure what PyTorch's exporter makes of the same network
  --profile        print what each operator takes in one run on one thread
  --json           print one JSON object
`;

type Print = (line: string) => void;

/**
 * Speed of generators on the CPU: those of a published model, and what the exporter makes of
 * `modern-s`, beside the same network from PyTorch's exporter, without its instance norms, and beside
 * `classic`. Sets exit code 2 for arguments it does not know.
 */
export async function benchInference(args: readonly string[]): Promise<void> {
  let options: InferenceBenchOptions;
  try {
    options = parseInferenceOptions(args);
  } catch (error) {
    console.error(`bench inference: ${(error as Error).message}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  try {
    await run(options);
  } catch (error) {
    console.error(`bench inference: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}

async function run(options: InferenceBenchOptions): Promise<void> {
  const print = options.asJson ? console.error : console.log;
  const threads = availableParallelism();
  const { candidates, crop } = await collectCandidates(options, print);
  const peakFlopPerS = await measurePeak(threads);
  print(
    `peak: ${(peakFlopPerS / 1e9).toFixed(1)} GFLOP/s on ${threads} threads, ` +
      'a 2048x2048x2048 float32 matrix product',
  );
  if (options.withProfile) await printProfiles(candidates, crop, print);
  const measured: InferenceFigures[][] = [];
  for (const sharing of SHARINGS) {
    for (const batch of options.batches) {
      const { rounds } = options;
      const { width, height } = crop;
      const timing = { threads, rounds, blockMs: BLOCK_MS, height, width };
      const figures = await measureSetting(candidates, { sharing, batch }, timing);
      print(`\n${sharing}, batch ${batch}\n${formatFigures(figures, peakFlopPerS)}`);
      measured.push(figures);
    }
  }
  const ratios = measured.flatMap(ratiosOf);
  print(`\n${formatRatios(ratios)}`);
  if (options.asJson) {
    console.log(JSON.stringify({ threads, peakFlopPerS, figures: measured.flat(), ratios }));
  }
}

async function collectCandidates(
  { model, withPeer }: InferenceBenchOptions,
  print: Print,
): Promise<{ readonly candidates: readonly Candidate[]; readonly crop: CropGeometry }> {
  const folder = model ?? (await newestShipped());
  const published = folder === undefined ? undefined : await readPublished(folder);
  const network = drawModernNetwork();
  const own = buildOwnCandidates(network);
  const peer = withPeer ? await findPeer(network, own, print) : [];
  return {
    candidates: [...(published?.candidates ?? []), ...own, ...peer],
    crop: published?.crop ?? CELEBA_CROP,
  };
}

async function newestShipped(): Promise<string | undefined> {
  const models = join(checkoutFolder(), 'models');
  const version = (await listVersions(models, 'feminine')).at(-1);
  return version === undefined ? undefined : join(models, 'feminine', String(version));
}

/** The same network from PyTorch's exporter; its operations are counted as those that ours takes. */
async function findPeer(
  { config, weights }: ReturnType<typeof drawModernNetwork>,
  own: readonly Candidate[],
  print: Print,
): Promise<Candidate[]> {
  if (!(await canExportFromTorch())) {
    print(
      "PyTorch's exporter left out, since python3 -c 'import torch, onnx, onnxscript' fails: " +
        'pip install them in a virtual environment, and activate it',
    );
    return [];
  }
  const ours = own.find(({ name }) => name === OURS);
  if (ours === undefined) throw new Error(`${OURS} is not among the files that are measured`);
  const { model, version } = await exportFromTorch(config, weights, 0, CELEBA_CROP);
  const { height, width } = CELEBA_CROP;
  await requireAgreement(ours.model, model, { batch: 2, height, width });
  print(`peer: PyTorch ${version}, whose file computes the same`);
  return [{ name: PEER, model, flop: ours.flop }];
}

async function printProfiles(
  candidates: readonly Candidate[],
  { width, height }: CropGeometry,
  print: Print,
): Promise<void> {
  for (const { name, model } of candidates) {
    const operators = await profileModel(model, { batch: 1, height, width });
    print(`\n${name}, one image on one thread\n${formatProfile(operators)}`);
  }
}
