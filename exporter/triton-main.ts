import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { TritonProvider } from './triton/config.ts';
import { addToTriton, type TritonRequest } from './triton/repository.ts';

const HELP = `Usage: deep-makeover triton MODEL_DIR... --out DIR [options]

Adds published models, e.g. models/feminine/3, to a model repository of NVIDIA Triton or KServe:
<name>/config.pbtxt with dynamic batching and <name>/<version>/model.onnx, versions side by side.

  --out DIR       the repository, as in tritonserver --model-repository=DIR
  --provider P    where Triton runs them: auto (a GPU where there is one), cpu or cuda (default: auto)
  --instances N   copies of each model on each device; on a CPU with one thread each, e.g. one a core
                  (default: 1)
  --force         replace a version that is there with other bytes
`;

const PROVIDERS: readonly TritonProvider[] = ['auto', 'cpu', 'cuda'];

interface Arguments {
  readonly folders: readonly string[];
  readonly request: TritonRequest;
}

/** Adds models to a Triton repository. Returns the process's exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let given: Arguments | undefined;
  try {
    given = parseArguments(args);
  } catch (error) {
    console.error(`triton: ${(error as Error).message}\nTry: deep-makeover triton --help`);
    return 2;
  }
  if (given === undefined) {
    console.log(HELP);
    return 0;
  }
  let exitCode = 0;
  for (const folder of given.folders) {
    try {
      console.log(await addToTriton(resolve(folder), given.request));
    } catch (error) {
      console.error(`triton: ${folder}: ${(error as Error).message}`);
      exitCode = 2;
    }
  }
  return exitCode;
}

/** Undefined when help is asked for. */
function parseArguments(args: readonly string[]): Arguments | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      out: { type: 'string' },
      provider: { type: 'string', default: 'auto' },
      instances: { type: 'string', default: '1' },
      force: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  if (positionals.length === 0) throw new Error('name at least one model folder');
  if (values.out === undefined) throw new Error('name the repository with --out');
  const provider = PROVIDERS.find((known) => known === values.provider);
  if (provider === undefined) {
    throw new Error(`--provider ${values.provider}: expected ${PROVIDERS.join(', ')}`);
  }
  if (!/^[1-9]\d{0,3}$/.test(values.instances)) {
    throw new Error(`--instances needs a whole number from 1 on, got "${values.instances}"`);
  }
  const instances = Number(values.instances);
  const repository = resolve(values.out);
  return {
    folders: positionals,
    request: { repository, provider, instances, force: values.force },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2));
}
