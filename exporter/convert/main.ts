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
async function convertFile({ model, out, options }: ConvertRequest): Promise<string> {
  // Only weights are read with tf.js; this also keeps it from advising another backend.
  tf.enableProdMode();
  await tf.setBackend('cpu');
  if (!existsSync(dirname(out))) {
    throw new InvalidModelError(
      `${dirname(out)} does not exist: make the folder of the output first`,
    );
  }
  const converted = await convertArtifacts(await readTfjsModel(model), options);
  await writeFileAtomically(out, converted.model);
  return describeConversion(basename(out), converted);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2));
}
