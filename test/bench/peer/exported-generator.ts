import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { GeneratorConfig } from '../../../trainer/networks/generator.ts';
import type { ParameterValues } from '../../../trainer/networks/parameters.ts';
import { PYTHON } from './process.ts';
import { weightTensors, writeSetup } from './stored-tensors.ts';

const SCRIPT = fileURLToPath(new URL('export_generator.py', import.meta.url));

/** What the exporter of PyTorch needs beside PyTorch. */
const MODULES = ['torch', 'onnx', 'onnxscript'];

/** Whether python3 can import all that PyTorch's exporter needs. */
export async function canExportFromTorch(): Promise<boolean> {
  try {
    await promisify(execFile)(PYTHON, ['-c', `import ${MODULES.join(', ')}`]);
    return true;
  } catch {
    return false;
  }
}

/**
 * The same generator with the same weights as PyTorch's exporter writes it.
 *
 * @returns the `.onnx` file; Error when the exporter fails, with what it printed
 */
export async function exportFromTorch(
  config: GeneratorConfig,
  weights: ParameterValues,
  target: number,
  size: { readonly height: number; readonly width: number },
): Promise<{ readonly model: Uint8Array; readonly version: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'torch-export-'));
  try {
    const { height, width } = size;
    const setup = { generator: config, target, height, width };
    await writeSetup(folder, weightTensors('generator', weights), setup);
    const { stdout } = await promisify(execFile)(PYTHON, [SCRIPT, folder]);
    const model = new Uint8Array(await readFile(join(folder, 'model.onnx')));
    return { model, version: stdout.trim().split('\n').at(-1) ?? '' };
  } finally {
    await rm(folder, { recursive: true });
  }
}
