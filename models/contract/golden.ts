import type { GoldenPairs, Manifest, OutputGolden, Tolerance } from './manifest.ts';
import type { ModelRunner, Tensor } from './tensor.ts';

/** How far a model was from each of its golden outputs, in the output's own units. */
export interface GoldenReport {
  readonly provider: string;
  readonly outputs: readonly ({ readonly output: string } & Tolerance)[];
}

/**
 * Runs a model on its golden input and compares what it gives with its golden outputs.
 *
 * @param readFile reads a file of the model's folder
 * @param provider the class whose tolerance counts, e.g. cpu or cuda
 * @throws Error that names the output and by how much it differs
 */
export async function checkGolden(
  runner: ModelRunner,
  manifest: Pick<Manifest, 'name' | 'version' | 'golden'>,
  readFile: (path: string) => Promise<Uint8Array>,
  provider: string,
): Promise<GoldenReport> {
  const { input, outputs } = manifest.golden;
  const model = `${manifest.name} ${manifest.version}`;
  const actual = await runner.run({ [input.name]: await readTensor(input, readFile) });
  const rows: ({ readonly output: string } & Tolerance)[] = [];
  for (const golden of outputs) {
    const { output } = golden;
    const difference = compare(actual[output], await readTensor(golden, readFile), output);
    const allowed = requireTolerance(golden, provider);
    if (!(difference.maxAbs <= allowed.maxAbs && difference.meanAbs <= allowed.meanAbs)) {
      throw new Error(
        `${model} does not reproduce its golden ${output} on ${provider}: it differs by ` +
          `${difference.maxAbs} at most and ${difference.meanAbs} on average, allowed are ` +
          `${allowed.maxAbs} and ${allowed.meanAbs}. Export the model again or use another provider`,
      );
    }
    rows.push({ output, ...difference });
  }
  return { provider, outputs: rows };
}

/** A golden file's values. Throws an Error when its length does not fit its dims. */
export async function readTensor(
  { path, dims, type }: GoldenPairs['input'] | OutputGolden,
  readFile: (path: string) => Promise<Uint8Array>,
): Promise<Tensor> {
  const bytes = await readFile(path);
  const count = dims.reduce((product, dim) => product * dim, 1);
  const expectedBytes = count * (type === 'float32' ? 4 : 1);
  if (bytes.length !== expectedBytes) {
    throw new Error(
      `${path} has ${bytes.length} bytes, ${type} [${dims.join()}] needs ${expectedBytes}: export the model again`,
    );
  }
  if (type === 'uint8') return { type, dims, data: new Uint8Array(bytes) };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true));
  return { type, dims, data };
}

function requireTolerance({ output, tolerance }: OutputGolden, provider: string): Tolerance {
  const allowed = tolerance[provider];
  if (allowed !== undefined) return allowed;
  throw new Error(
    `the golden ${output} has no tolerance for ${provider}, only for ${Object.keys(tolerance).join(', ')}`,
  );
}

function compare(actual: Tensor | undefined, expected: Tensor, output: string): Tolerance {
  if (actual?.type !== expected.type || actual.dims.join() !== expected.dims.join()) {
    const found = actual === undefined ? 'missing' : `${actual.type} [${actual.dims.join()}]`;
    throw new Error(
      `the model's output ${output} is ${found}, its golden file has ${expected.type} [${expected.dims.join()}]`,
    );
  }
  let maxAbs = 0;
  let sum = 0;
  for (let i = 0; i < expected.data.length; i++) {
    const difference = Math.abs((actual.data[i] as number) - (expected.data[i] as number));
    // NaN fails every comparison, so it must not be lost in a maximum.
    if (Number.isNaN(difference)) return { maxAbs: Number.NaN, meanAbs: Number.NaN };
    maxAbs = Math.max(maxAbs, difference);
    sum += difference;
  }
  return { maxAbs, meanAbs: sum / expected.data.length };
}
