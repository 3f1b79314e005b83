import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { writeFileAtomically } from '../../trainer/files.ts';
import { InvalidModelError } from '../tfjs-model/invalid-model-error.ts';
import { readTfjsModel } from '../tfjs-model/read.ts';
import { convertArtifacts } from './export-model.ts';
import { describeConversion } from './report.ts';
import { type ConvertRequest, HELP, parseRequest } from './request.ts';
import { inPrecision, pictureFeeds } from './variant.ts';

/** Converts a tf.js model. Returns the process's exit code: 2 for wrong usage or a bad model. */
export async function main(args: readonly string[]): Promise<number> {
  let request: ConvertRequest | undefined;
  try {
    request = parseRequest(args);
  } catch (error) {
    console.error(`convert: ${(error as Error).message}\nTry: deep-makeover convert --help`);
    return 2;
  }
  if (request === undefined) {
    console.log(HELP);
    return 0;
  }
  try {
    console.log(await convertFile(request));
    return 0;
  } catch (error) {
    console.error(`convert: ${(error as Error).message}`);
    return error instanceof InvalidModelError ? 2 : 1;
  }
}

/** Returns what there is to say about the file. */
async function convertFile(request: ConvertRequest): Promise<string> {
  const { out, options, variant, calibrate } = request;
  // Only weights are read with tf.js; this also keeps it from advising another backend.
  tf.enableProdMode();
  await tf.setBackend('cpu');
  if (!existsSync(dirname(out))) {
    throw new InvalidModelError(
      `${dirname(out)} does not exist: make the folder of the output first`,
    );
  }
  const converted = await convertArtifacts(await readTfjsModel(request.model), options);
  const { io = 'float32-nhwc', range = '0..255' } = options;
  const calibration =
    calibrate === undefined ? [] : await pictureFeeds(calibrate, converted, io, range);
  const model = await inPrecision(converted.model, variant, calibration);
  await writeFileAtomically(out, model);
  return describeConversion(basename(out), { ...converted, model });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2));
}
