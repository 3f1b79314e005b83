import type { GoldenPairs, ParityRow, Tolerance } from '../models/contract/manifest.ts';
import type { ModelRunner, Tensor, TensorMap } from '../models/contract/tensor.ts';

/** Per provider class: the largest and the mean difference from tf.js that count as equal. */
export type ToleranceByProvider = Readonly<Record<string, Tolerance>>;

export interface GoldenSet {
  readonly golden: GoldenPairs;
  /** Raw values by file name, to be stored beside the model. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** Describes one input and the outputs that tf.js gave for it, and the files that hold them. */
export function createGolden(
  inputName: string,
  input: Tensor,
  outputs: TensorMap,
  tolerances: Readonly<Record<string, ToleranceByProvider>>,
): GoldenSet {
  const files: Record<string, Uint8Array> = {};
  const store = (name: string, tensor: Tensor) => {
    const path = `golden-${name}.bin`;
    files[path] = littleEndianBytes(tensor);
    return { path, dims: tensor.dims, type: tensor.type };
  };
  const golden: GoldenPairs = {
    input: { name: inputName, ...store(inputName, input) },
    outputs: Object.entries(outputs).map(([output, tensor]) => ({
      output,
      ...store(output, tensor),
      tolerance: tolerances[output] ?? {},
    })),
  };
  return { golden, files };
}

/** How far the exported model is from tf.js on the golden input, on this machine's CPU. */
export async function measureParity(
  runner: ModelRunner,
  inputName: string,
  input: Tensor,
  expected: TensorMap,
): Promise<ParityRow[]> {
  const actual = await runner.run({ [inputName]: input });
  return Object.entries(expected).map(([output, tensor]) => {
    const found = actual[output];
    if (found === undefined || found.dims.join() !== tensor.dims.join()) {
      throw new Error(
        `output ${output} has dims [${found?.dims.join()}], tf.js gives [${tensor.dims.join()}]`,
      );
    }
    return {
      output,
      inputs: 'golden',
      provider: 'cpu',
      ...compareValues(found.data, tensor.data),
    };
  });
}

/** The largest and the mean absolute difference of two arrays of the same length. */
export function compareValues(
  a: Tensor['data'],
  b: Tensor['data'],
): { readonly maxAbs: number; readonly meanAbs: number } {
  let maxAbs = 0;
  let sum = 0;
  for (let i = 0; i < b.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    // NaN must not pass for equal.
    const distance = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    maxAbs = Math.max(maxAbs, distance);
    sum += distance;
  }
  return { maxAbs, meanAbs: sum / b.length };
}

function littleEndianBytes({ type, data }: Tensor): Uint8Array {
  if (type === 'uint8') return data.slice();
  const bytes = new Uint8Array(data.byteLength);
  const view = new DataView(bytes.buffer);
  data.forEach((value, i) => {
    view.setFloat32(4 * i, value, true);
  });
  return bytes;
}
