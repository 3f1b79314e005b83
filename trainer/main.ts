import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chooseBackend } from './backend.ts';
import { PRESETS, type PresetName, resolveConfig, type TrainConfig } from './config.ts';
import { readCelebaFolder } from './data/celeba.ts';
import { selectPopulations } from './data/populations.ts';
import { writeFileAtomically } from './files.ts';
import { runTraining } from './training/run.ts';
import { readWarmStart, type WarmStart } from './training/warm-start.ts';

const HELP = `Usage: npm run train -- --data DIR --target NAME=EXPRESSION --target NAME=EXPRESSION [options]
       npm run train -- --resume RUN

  --data DIR            data set in CelebA's layout (img_align_celeba/, list_attr_celeba.txt, list_eval_partition.txt)
  --faces EXPRESSION    faces that take part at all, e.g. '!Eyeglasses' (default: every face)
  --target NAME=EXPR    a target population, e.g. feminine='!Male,Age_20_49,Clear_Gender'; give at least two.
                        The sources of a target are the faces of the other targets' first term
  --preset NAME         ${Object.keys(PRESETS).join(', ')} (default: modern-s)
  --minutes N           minutes of training (default: 60)
  --steps N             stop after N steps instead
  --batch-size N        faces a step, a multiple of 16 (default: the preset's)
  --learning-rate X     (default: the preset's)
  --freeze-norm X       from this share of the run on, e.g. 0.9, normalise by fixed statistics of the data, which
                        the export folds into the convolutions; 0 goes on from such a run (default: never)
  --seed N              (default: 1)
  --out RUN             run folder, must not exist yet (default: runs/<date and time>)
  --from RUN            start from the networks of a run's last checkpoint
  --resume RUN          go on with an interrupted run
  --checkpoint-minutes N  time between checkpoints (default: 5)

Expressions: attributes joined by "," (and) or "|" (or), "!" for not, parentheses.
`;

/** What may be given with --resume: the rest is fixed when a run starts. */
const RESUMABLE: ReadonlySet<string> = new Set(['resume', 'checkpoint-minutes']);

/** Starts or resumes a training run. Returns the process's exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let request: TrainRequest;
  try {
    request = await parseRequest(args);
  } catch (error) {
    console.error(`train: ${(error as Error).message}\nTry: npm run train -- --help`);
    return 2;
  }
  if (request.kind === 'help') {
    console.log(HELP);
    return 0;
  }
  const backend = await chooseBackend();
  console.log(`backend: ${backend.description}`);
  try {
    await runTraining(request.config, request.runFolder, {
      backend: backend.name,
      resume: request.kind === 'resume',
      checkpointMinutes: request.checkpointMinutes,
      warmStart: request.warmStart,
    });
    return 0;
  } catch (error) {
    console.error(`train: ${(error as Error).message}`);
    return 1;
  }
}

type TrainRequest =
  | { readonly kind: 'help' }
  | {
      readonly kind: 'start' | 'resume';
      readonly config: TrainConfig;
      readonly runFolder: string;
      readonly checkpointMinutes: number;
      readonly warmStart: WarmStart | undefined;
    };

async function parseRequest(args: readonly string[]): Promise<TrainRequest> {
  const { values, tokens } = parseArgs({
    args: [...args],
    tokens: true,
    options: {
      help: { type: 'boolean' },
      data: { type: 'string' },
      faces: { type: 'string', default: '' },
      target: { type: 'string', multiple: true, default: [] },
      preset: { type: 'string', default: 'modern-s' },
      minutes: { type: 'string', default: '60' },
      steps: { type: 'string' },
      'batch-size': { type: 'string' },
      'learning-rate': { type: 'string' },
      'freeze-norm': { type: 'string' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string' },
      resume: { type: 'string' },
      from: { type: 'string' },
      'checkpoint-minutes': { type: 'string', default: '5' },
    },
  });
  if (values.help) return { kind: 'help' };
  const checkpointMinutes = parseNumber('--checkpoint-minutes', values['checkpoint-minutes']);
  if (values.resume !== undefined) {
    const ignored = tokens.find((token) => token.kind === 'option' && !RESUMABLE.has(token.name));
    if (ignored?.kind === 'option') {
      throw new Error(`--resume goes on with the run's own settings: leave out ${ignored.rawName}`);
    }
    const runFolder = resolve(values.resume);
    const config = await readConfig(runFolder);
    return { kind: 'resume', runFolder, checkpointMinutes, config, warmStart: undefined };
  }
  if (values.data === undefined)
    throw new Error('--data is missing: name a folder in CelebA layout');
  const data = resolve(values.data);
  const folder = await readCelebaFolder(data);
  const warmStart =
    values.from === undefined ? undefined : await readWarmStart(resolve(values.from));
  const config = resolveConfig({
    warmStart: warmStart?.sha256,
    preset: parsePreset(values.preset),
    data,
    selection: { faces: values.faces, targets: parseTargets(values.target) },
    steps: values.steps === undefined ? undefined : parseNumber('--steps', values.steps),
    minutes: parseNumber('--minutes', values.minutes),
    seed: parseNumber('--seed', values.seed),
    ...(values['batch-size'] && { batchSize: parseNumber('--batch-size', values['batch-size']) }),
    ...(values['learning-rate'] && {
      learningRate: parseNumber('--learning-rate', values['learning-rate']),
    }),
    ...(values['freeze-norm'] !== undefined && {
      freezeNormFrom: parseShare('--freeze-norm', values['freeze-norm']),
    }),
  });
  // Training and validation: a run folder is only made for a selection that has faces in both.
  for (const split of [0, 1]) selectPopulations(folder, config.selection, split);
  const runFolder = resolve(
    values.out ?? join('runs', new Date().toISOString().replace(/[:.]/g, '-')),
  );
  await createRun(runFolder, config);
  return { kind: 'start', config, runFolder, checkpointMinutes, warmStart };
}

/** `config.json` appears last and whole, so that a folder with one is a run. */
async function createRun(runFolder: string, config: TrainConfig): Promise<void> {
  await mkdir(join(runFolder, '..'), { recursive: true });
  try {
    await mkdir(runFolder);
  } catch (cause) {
    throw new Error(`${runFolder} exists already: choose another --out, or --resume it`, { cause });
  }
  await writeFileAtomically(join(runFolder, 'config.json'), JSON.stringify(config, undefined, 2));
}

/** Reads the resolved configuration of a run folder. */
export async function readConfig(runFolder: string): Promise<TrainConfig> {
  try {
    return JSON.parse(await readFile(join(runFolder, 'config.json'), 'utf8')) as TrainConfig;
  } catch (cause) {
    throw new Error(`${runFolder} is no run folder: it has no readable config.json`, { cause });
  }
}

function parsePreset(name: string): PresetName {
  if (Object.hasOwn(PRESETS, name)) return name as PresetName;
  throw new Error(`unknown preset "${name}": choose one of ${Object.keys(PRESETS).join(', ')}`);
}

function parseTargets(definitions: readonly string[]): Record<string, string> {
  const targets: Record<string, string> = {};
  for (const definition of definitions) {
    const match = /^([a-z][a-z0-9-]*)=(.+)$/.exec(definition);
    if (!match) {
      throw new Error(`--target "${definition}" is not NAME=EXPRESSION with a lower-case name`);
    }
    targets[match[1] as string] = match[2] as string;
  }
  if (Object.keys(targets).length < 2) throw new Error('give at least two different --target');
  return targets;
}

function parseNumber(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`${flag} needs a number above zero, got "${text}"`);
}

function parseShare(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value < 1) return value;
  throw new Error(`${flag} needs a number from 0 to below 1, got "${text}"`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2));
}
