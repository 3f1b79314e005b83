import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { formatParity } from './verify/parity-table.ts';
import { findRuntimes, type Runtimes } from './verify/runtimes.ts';
import { verifyModel } from './verify.ts';

const HELP = `Usage: deep-makeover verify MODEL_DIR... [--json]

Checks published models, e.g. models/feminine/3: the hashes of all files; of every ONNX file its
format, opset, layout, range and sizes; and its golden pairs in every runtime of this machine, with a
table of how far each is from tf.js, in the output's own units.

  --json   one line of JSON for each model

Exit code: 0 when all models are sound, 2 when one is refused; the reason is printed.
`;

/** Verifies models. Returns the process's exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let options: ReturnType<typeof parseOptions>;
  try {
    options = parseOptions(args);
  } catch (error) {
    console.error(`verify: ${(error as Error).message}\nTry: deep-makeover verify --help`);
    return 2;
  }
  if (options.wantsHelp) {
    console.log(HELP);
    return 0;
  }
  const runtimes = await findRuntimes();
  let exitCode = 0;
  for (const folder of options.folders) {
    const isSound = await report(folder, runtimes, options.asJson);
    if (!isSound) exitCode = 2;
  }
  return exitCode;
}

function parseOptions(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { help: { type: 'boolean' }, json: { type: 'boolean' } },
  });
  const wantsHelp = values.help === true;
  if (!wantsHelp && positionals.length === 0) throw new Error('name at least one model folder');
  return { wantsHelp, folders: positionals, asJson: values.json === true };
}

/** Verifies one model and prints what was found. Returns whether it is sound. */
async function report(
  folder: string,
  { present, absent }: Runtimes,
  asJson: boolean,
): Promise<boolean> {
  try {
    const { manifest, parity } = await verifyModel(resolve(folder), present);
    const { name, version, files, opset } = manifest;
    if (asJson) {
      console.log(JSON.stringify({ folder, isSound: true, name, version, opset, parity, absent }));
    } else {
      console.log(`${folder}: sound: ${name} ${version}, ${files.length} files, opset ${opset}`);
      console.log(formatParity(parity, absent));
    }
    return true;
  } catch (error) {
    const reason = (error as Error).message.trim().replace(/\s+/g, ' ');
    if (asJson) console.log(JSON.stringify({ folder, isSound: false, reason }));
    else console.error(`${folder}: refused: ${reason}`);
    return false;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2));
}
