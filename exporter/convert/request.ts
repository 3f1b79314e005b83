import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Precision } from '../../models/contract/variants.ts';
import { IMAGE_RANGES, IO_FORMATS } from './border.ts';
import type { BorderChoice } from './export-model.ts';
import { PRECISIONS } from './variant.ts';

export const HELP = `Usage: deep-makeover convert MODEL OUT.onnx [options]

Converts a tf.js LayersModel or GraphModel to ONNX (opset 17). MODEL is its model.json, with the weight
files beside it, or the folder of both.

  --io FORMAT          how pictures and maps enter and leave the file:
                         float32-nhwc  as in tf.js (default)
                         float32-nchw  channels first, without a transpose
                         uint8-nhwc    pictures of 1, 3 or 4 channels are bytes, grey levels 0 to 255;
                                       everything else stays float32
  --range RANGE        what the model takes for black and white, 0..1, -1..1 or 0..255 (default: 0..255,
                       the grey levels themselves); with uint8-nhwc, and for calibration
  --output-range RANGE with uint8-nhwc: what the model's own pictures mean, rounded to bytes; float32
                       leaves them as they are (default: as --range)
  --variant PRECISION  fp32 (default); fp16: kernels of half the size, same speed and operators; int8:
                       convolutions in integers, for CPUs
  --calibrate DIR      with int8: pictures of what the model is for, JPEG, PNG or WebP; some dozens do
`;

export interface ConvertRequest {
  readonly model: string;
  readonly out: string;
  readonly options: BorderChoice;
  readonly variant: Precision;
  /** Folder of pictures to calibrate int8 on. */
  readonly calibrate: string | undefined;
}

/**
 * Reads the command's arguments; undefined when only help is wanted.
 *
 * @throws Error that says what is wrong with them
 */
export function parseRequest(args: readonly string[]): ConvertRequest | undefined {
  const { values, positionals } = parseArgs({
    // A value such as -1..1 would be taken for an option.
    args: joinRanges(args),
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      io: { type: 'string' },
      range: { type: 'string' },
      'output-range': { type: 'string' },
      variant: { type: 'string', default: 'fp32' },
      calibrate: { type: 'string' },
    },
  });
  if (values.help) return undefined;
  const [model, out, ...others] = positionals;
  if (model === undefined || out === undefined || others.length > 0) {
    throw new Error('name the model and the file to write: convert model.json out.onnx');
  }
  if (!out.endsWith('.onnx')) throw new Error(`the file to write is ${out}, expected a name.onnx`);
  const variant = oneOf('--variant', PRECISIONS, values.variant);
  const { calibrate } = values;
  if (variant === 'int8' && calibrate === undefined) {
    throw new Error(
      '--variant int8 needs --calibrate DIR: a folder of pictures to measure values on',
    );
  }
  if (variant !== 'int8' && calibrate !== undefined) {
    throw new Error('--calibrate is for --variant int8 only');
  }
  return {
    model: resolve(model),
    out: resolve(out),
    options: readBorder(values, calibrate !== undefined),
    variant,
    calibrate: calibrate === undefined ? undefined : resolve(calibrate),
  };
}

interface BorderFlags {
  readonly io?: string | undefined;
  readonly range?: string | undefined;
  readonly 'output-range'?: string | undefined;
}

function readBorder(flags: BorderFlags, isCalibrated: boolean): BorderChoice {
  const io = flags.io === undefined ? undefined : oneOf('--io', IO_FORMATS, flags.io);
  const range = flags.range === undefined ? undefined : oneOf('--range', IMAGE_RANGES, flags.range);
  const outputFlag = flags['output-range'];
  const outputRange =
    outputFlag === undefined
      ? undefined
      : oneOf('--output-range', [...IMAGE_RANGES, 'float32'] as const, outputFlag);
  if (
    io !== 'uint8-nhwc' &&
    (outputRange !== undefined || (range !== undefined && !isCalibrated))
  ) {
    throw new Error('--range and --output-range need --io uint8-nhwc: floats are as in tf.js');
  }
  return { ...(io && { io }), ...(range && { range }), ...(outputRange && { outputRange }) };
}

function joinRanges(args: readonly string[]): string[] {
  return args.flatMap((arg, i) => {
    if (args[i - 1]?.match(/^--(output-)?range$/)) return [];
    const value = args[i + 1];
    return /^--(output-)?range$/.test(arg) && value !== undefined ? [`${arg}=${value}`] : [arg];
  });
}

function oneOf<T extends string>(flag: string, allowed: readonly T[], value: string): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new Error(`${flag} is ${value}, expected ${allowed.join(', ')}`);
}
