import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type GeneratorManifest, parseManifest } from '../models/contract/manifest.ts';
import { chooseBackend } from '../trainer/backend.ts';
import { createEvaluator } from '../trainer/evaluation/evaluate.ts';
import { createRunner } from '../trainer/evaluation/runner.ts';
import { formatTable } from '../trainer/evaluation/table.ts';

const HELP = `Usage: npm run evaluate -- MODEL_DIR [MODEL_DIR ...] --data DIR [--json]

Measures exported generators on splits 1 and 2 of a data set in CelebA's layout, by C_eval and by
ridge regression, both trained on split 0, beside baselines. The first run on a data set trains C_eval,
which takes minutes; it is kept in the user's cache.

  --data DIR   the data set; its faces are selected as in the model's training
  --json       rows as JSON instead of a table
`;

/** Measures exported models. Returns the process's exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let request: EvaluationRequest | undefined;
  try {
    request = parseRequest(args);
  } catch (error) {
    console.error(`evaluate: ${(error as Error).message}\nTry: npm run evaluate -- --help`);
    return 2;
  }
  if (request === undefined) {
    console.log(HELP);
    return 0;
  }
  try {
    const backend = await chooseBackend();
    console.error(`backend: ${backend.description}`);
    for (const directory of request.models) await evaluateModel(directory, request);
    return 0;
  } catch (error) {
    console.error(`evaluate: ${(error as Error).message}`);
    return 1;
  }
}

interface EvaluationRequest {
  readonly models: readonly string[];
  readonly data: string;
  readonly json: boolean;
}

function parseRequest(args: readonly string[]): EvaluationRequest | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      data: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  if (positionals.length === 0) throw new Error('name at least one model folder');
  if (values.data === undefined)
    throw new Error('--data is missing: name a folder in CelebA layout');
  return { models: positionals, data: values.data, json: values.json };
}

async function evaluateModel(directory: string, { data, json }: EvaluationRequest): Promise<void> {
  const manifest = await readGeneratorManifest(directory);
  const { faces, targets } = manifest.training;
  const evaluator = await createEvaluator(data, { faces, targets }, manifest.crop, console.error);
  const model = await createRunner(await readFile(join(directory, manifest.files[0]?.path ?? '')));
  const rows = await evaluator.evaluate(manifest.name, model);
  if (json) {
    console.log(JSON.stringify({ model: manifest.name, version: manifest.version, rows }));
  } else {
    console.log(`${manifest.name} version ${manifest.version}\n${formatTable(rows)}\n`);
  }
}

async function readGeneratorManifest(directory: string): Promise<GeneratorManifest> {
  const text = await readFile(join(directory, 'manifest.json'), 'utf8');
  const manifest = parseManifest(JSON.parse(text));
  if (manifest.kind === 'generator') return manifest;
  throw new Error(`${directory} holds a ${manifest.kind}, expected a generator`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2));
}
