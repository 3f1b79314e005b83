import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { verifyModel } from './verify.ts';

const HELP = `Usage: deep-makeover verify MODEL_DIR...

Checks the files, the format and the golden pairs of published models, e.g. models/feminine/2.
`;

/** Verifies models. Returns the process's exit code: 1 when one of them is not sound. */
export async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(HELP);
    return 0;
  }
  if (args.length === 0 || args.some((arg) => arg.startsWith('-'))) {
    console.error(`verify: name at least one model folder\n\n${HELP}`);
    return 2;
  }
  let exitCode = 0;
  for (const folder of args) {
    try {
      const { name, version, files, opset } = await verifyModel(resolve(folder));
      console.log(`${folder}: sound: ${name} ${version}, ${files.length} files, opset ${opset}`);
    } catch (error) {
      console.error(`${folder}: ${(error as Error).message}`);
      exitCode = 1;
    }
  }
  return exitCode;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2));
}
