import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Annealing, PresetName } from './config.ts';
import {
  type DataLocation,
  PAIR_DIRECTION,
  PAIR_SELECTION,
  parseFolderPair,
} from './data/folder-pair.ts';
import { PRESETS } from './presets.ts';
import { parseSelection, type SelectionFlags, type SelectionRequest } from './selection-request.ts';

export const HELP = `Usage: npm run train -- --data DIR --target NAME=EXPRESSION --target NAME=EXPRESSION [options]
       npm run train -- --data DIR --sources EXPRESSION --target NAME=EXPRESSION [options]
       npm run train -- --data DIR --mode NAME [options]
       npm run train -- --source DIR --target DIR [options]
       npm run train -- --resume RUN

  --data DIR            data set in CelebA's layout (img_align_celeba/, list_attr_celeba.txt, list_eval_partition.txt)
  --faces EXPRESSION    faces that take part at all, e.g. '!Eyeglasses' (default: every face)
  --target NAME=EXPR    a target population, e.g. feminine='!Male,Age_20_49,Clear_Gender'; give at least two.
                        The sources of a target are the faces of the other targets' first term
  --sources EXPRESSION  the faces to be made over, for a single --target
  --mode NAME           a direction of the 2017 project instead: mtf, ftm, mtm or ftf, from (m)ale or
                        (f)emale faces to attractive ones of either
  --source DIR          instead of --data: a folder of aligned faces without attributes (see npm run align),
                        to be made over to those of the folder --target DIR, and back but for
                        classic presets, which learn one direction
  --preset NAME         ${Object.keys(PRESETS).join(', ')} (default: modern-s)
  --annealing NAME      for the preset classic: as-run (default), the constant rates of 2017, or as-intended
  --minutes N           minutes of training (default: 60)
  --steps N             stop after N steps instead
  --batch-size N        faces a batch, for modern presets a multiple of 16 (default: the preset's)
  --learning-rate X     (default: the preset's)
  --freeze-norm X       from this share of the run on, e.g. 0.9, normalise by fixed statistics of the data, which
                        the export folds into the convolutions; 0 goes on from such a run (default: never)
  --seed N              (default: 1)
  --out RUN             run folder, must not exist yet (default: runs/<date and time>)
  --from MODEL          start from the networks of an exported model (its warm-start.bin) or of a run's last
                        checkpoint; targets and preset must be theirs
  --dry-run             say what would be done: configuration, numbers of faces, GFLOP and time of a step; write nothing
  --resume RUN          go on with an interrupted run
  --checkpoint-minutes N  time between checkpoints (default: 5)
  --log-steps N         steps between lines of statistics (default: 50)
  --gpu                 train on a GPU or not at all; set it up with npm run setup:trainer -- --gpu

Ctrl+C finishes the step and saves; a second one, a second later or more, stops at once.
A run's folder opens in TensorBoard: tensorboard --logdir RUN

Expressions: attributes joined by "," (and) or "|" (or), "!" for not, parentheses.
`;

/** What may be given with --resume: the rest is fixed when a run starts. */
const RESUMABLE: ReadonlySet<string> = new Set([
  'resume',
  'checkpoint-minutes',
  'log-steps',
  'gpu',
]);

export interface HelpRequest {
  readonly kind: 'help';
}

/** What may differ each time that a run goes on. */
interface SessionOptions {
  /** Absolute. */
  readonly runFolder: string;
  readonly checkpointMinutes: number;
  readonly logEverySteps: number;
  /** A GPU, or nothing: else whatever there is. */
  readonly gpu: boolean;
}

/** A new run, as asked for: nothing has been read yet. Paths are absolute. */
export interface StartRequest extends SessionOptions {
  readonly kind: 'start';
  readonly data: DataLocation;
  readonly selection: SelectionRequest;
  readonly preset: PresetName;
  readonly steps: number | undefined;
  readonly minutes: number;
  readonly seed: number;
  /** The preset's, if undefined. */
  readonly batchSize: number | undefined;
  readonly learningRate: number | undefined;
  /** The preset's, if undefined. */
  readonly annealing: Annealing | undefined;
  /** Never, if undefined. */
  readonly freezeNormFrom: number | undefined;
  readonly from: string | undefined;
  readonly isDry: boolean;
}

export interface ResumeRequest extends SessionOptions {
  readonly kind: 'resume';
}

/** Reads the command line. Throws an Error that names the flag that is wrong. */
export function parseOptions(args: readonly string[]): HelpRequest | StartRequest | ResumeRequest {
  const { values, tokens } = parseArgs({
    args: [...args],
    tokens: true,
    options: {
      help: { type: 'boolean' },
      data: { type: 'string' },
      faces: { type: 'string', default: '' },
      source: { type: 'string' },
      target: { type: 'string', multiple: true, default: [] },
      sources: { type: 'string' },
      mode: { type: 'string' },
      annealing: { type: 'string' },
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
      'dry-run': { type: 'boolean', default: false },
      'checkpoint-minutes': { type: 'string', default: '5' },
      'log-steps': { type: 'string', default: '50' },
      gpu: { type: 'boolean', default: false },
    },
  });
  if (values.help) return { kind: 'help' };
  const session = {
    checkpointMinutes: parseNumber('--checkpoint-minutes', values['checkpoint-minutes']),
    logEverySteps: parseCount('--log-steps', values['log-steps']),
    gpu: values.gpu,
  };
  if (values.resume !== undefined) {
    const ignored = tokens.find((token) => token.kind === 'option' && !RESUMABLE.has(token.name));
    if (ignored?.kind === 'option') {
      throw new Error(`--resume goes on with the run's own settings: leave out ${ignored.rawName}`);
    }
    return { kind: 'resume', runFolder: resolve(values.resume), ...session };
  }
  const preset = parsePreset(values.preset);
  return {
    kind: 'start',
    ...parseData(values, preset),
    preset,
    steps: optional(values.steps, (text) => parseCount('--steps', text)),
    minutes: parseNumber('--minutes', values.minutes),
    seed: parseNumber('--seed', values.seed),
    batchSize: optional(values['batch-size'], (text) => parseCount('--batch-size', text)),
    learningRate: optional(values['learning-rate'], (text) => parseNumber('--learning-rate', text)),
    annealing: optional(values.annealing, parseAnnealing),
    freezeNormFrom: optional(values['freeze-norm'], (text) => parseShare('--freeze-norm', text)),
    from: optional(values.from, resolve),
    isDry: values['dry-run'],
    runFolder: resolve(values.out ?? join('runs', new Date().toISOString().replace(/[:.]/g, '-'))),
    ...session,
  };
}

function parsePreset(name: string): PresetName {
  if (Object.hasOwn(PRESETS, name)) return name as PresetName;
  throw new Error(`unknown preset "${name}": choose one of ${Object.keys(PRESETS).join(', ')}`);
}

function parseData(
  flags: SelectionFlags & { readonly data?: string; readonly source?: string },
  preset: PresetName,
): Pick<StartRequest, 'data' | 'selection'> {
  const { data, faces, source, target } = flags;
  if (source !== undefined) {
    if (flags.sources !== undefined || flags.mode !== undefined) {
      throw new Error('--source names a folder without attributes: leave out --sources and --mode');
    }
    const isSingle = PRESETS[preset].family === 'classic';
    return {
      data: parseFolderPair({ data, faces, source, target }),
      selection: isSingle ? PAIR_DIRECTION : PAIR_SELECTION,
    };
  }
  if (data === undefined) {
    throw new Error('--data is missing: name a folder in CelebA layout, or --source and --target');
  }
  return { data: resolve(data), selection: parseSelection(flags) };
}

function parseAnnealing(name: string): Annealing {
  if (name === 'as-run' || name === 'as-intended') return name;
  throw new Error(`unknown annealing "${name}": choose as-run or as-intended`);
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

function parseCount(flag: string, text: string): number {
  const value = parseNumber(flag, text);
  if (Number.isInteger(value)) return value;
  throw new Error(`${flag} needs a whole number, got "${text}"`);
}

function optional<T>(text: string | undefined, parse: (text: string) => T): T | undefined {
  return text === undefined ? undefined : parse(text);
}
