import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PRESETS, type PresetName } from './config.ts';
import type { Selection } from './data/populations.ts';

export const HELP = `Usage: npm run train -- --data DIR --target NAME=EXPRESSION --target NAME=EXPRESSION [options]
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

export interface HelpRequest {
  readonly kind: 'help';
}

/** A new run, as asked for: nothing has been read yet. Paths are absolute. */
export interface StartRequest {
  readonly kind: 'start';
  readonly data: string;
  readonly selection: Selection;
  readonly preset: PresetName;
  readonly steps: number | undefined;
  readonly minutes: number;
  readonly seed: number;
  /** The preset's, if undefined. */
  readonly batchSize: number | undefined;
  readonly learningRate: number | undefined;
  /** Never, if undefined. */
  readonly freezeNormFrom: number | undefined;
  readonly from: string | undefined;
  readonly runFolder: string;
  readonly checkpointMinutes: number;
}

export interface ResumeRequest {
  readonly kind: 'resume';
  readonly runFolder: string;
  readonly checkpointMinutes: number;
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
    return { kind: 'resume', runFolder: resolve(values.resume), checkpointMinutes };
  }
  if (values.data === undefined)
    throw new Error('--data is missing: name a folder in CelebA layout');
  const optionalNumber = (name: 'steps' | 'batch-size' | 'learning-rate'): number | undefined =>
    values[name] === undefined ? undefined : parseNumber(`--${name}`, values[name]);
  return {
    kind: 'start',
    data: resolve(values.data),
    selection: { faces: values.faces, targets: parseTargets(values.target) },
    preset: parsePreset(values.preset),
    steps: optionalNumber('steps'),
    minutes: parseNumber('--minutes', values.minutes),
    seed: parseNumber('--seed', values.seed),
    batchSize: optionalNumber('batch-size'),
    learningRate: optionalNumber('learning-rate'),
    freezeNormFrom:
      values['freeze-norm'] === undefined
        ? undefined
        : parseShare('--freeze-norm', values['freeze-norm']),
    from: values.from === undefined ? undefined : resolve(values.from),
    runFolder: resolve(values.out ?? join('runs', new Date().toISOString().replace(/[:.]/g, '-'))),
    checkpointMinutes,
  };
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
