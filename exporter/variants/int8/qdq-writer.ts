import type { NodeProto, TensorProto } from '../../onnx/messages.ts';
import { type FloatTensor, leastScaleOf, quantizeBias, quantizeKernel } from './kernel.ts';
import { inputOf, outputOf } from './model-graph.ts';
import type { Levels } from './ranges.ts';

/** A value in 8 bits, and the constants that say what its levels mean. */
export interface QuantizedValue {
  readonly levels: string;
  readonly scale: string;
  readonly zeroPoint: string;
  readonly step: number;
}

/** Writes a float graph anew, with levels in front of and behind its convolutions. */
export class QdqWriter {
  readonly #levelsOf: (value: string) => Levels;
  readonly #constants: TensorProto[];
  readonly #nodes: NodeProto[] = [];
  readonly #quantized = new Map<string, QuantizedValue>();
  /** What is read in place of a value from then on. */
  readonly #rounded = new Map<string, string>();

  /** @param levelsOf how a value of the float graph is written in 8 bits */
  constructor(constants: readonly TensorProto[], levelsOf: (value: string) => Levels) {
    this.#constants = [...constants];
    this.#levelsOf = levelsOf;
  }

  /** A node as it is, reading rounded values where there are some. */
  copy(node: NodeProto): void {
    const inputs = node.inputs.map((input) => this.#rounded.get(input) ?? input);
    this.#nodes.push({ ...node, inputs });
  }

  /** The levels of a float value; of the same value only once. */
  quantize(value: string): QuantizedValue {
    const known = this.#quantized.get(value);
    if (known !== undefined) return known;
    const { scale: step, zeroPoint: zero } = this.#levelsOf(value);
    const levels = `${value}/levels`;
    const scale = this.#constant(`${value}/scale`, [], 'float32', Float32Array.of(step));
    const zeroPoint = this.#constant(`${value}/zero-point`, [], 'uint8', Uint8Array.of(zero));
    this.#node('QuantizeLinear', levels, [value, scale, zeroPoint]);
    const quantized = { levels, scale, zeroPoint, step };
    this.#quantized.set(value, quantized);
    return quantized;
  }

  /** The levels after a node that only repeats values. */
  repeat(node: NodeProto, from: QuantizedValue): QuantizedValue {
    const value = outputOf(node);
    const levels = `${value}/levels`;
    const quantized = { ...from, levels };
    if (!this.#quantized.has(value)) {
      const inputs = [from.levels, ...node.inputs.slice(1)];
      this.#node(node.opType, levels, inputs, node.attributes);
      this.#quantized.set(value, quantized);
    }
    return quantized;
  }

  /** Makes all that is written from here on read a value as its levels give it. */
  round(value: string): void {
    this.#rounded.set(value, this.#dequantize(`${value}/rounded`, this.quantize(value)));
  }

  /** A convolution of levels with a quantised kernel and, if it has one, a quantised bias. */
  convolve(
    node: NodeProto,
    input: QuantizedValue,
    kernel: FloatTensor,
    bias: Float32Array | undefined,
  ): void {
    const kernelName = inputOf(node, 1);
    const { levels, scales } = quantizeKernel(kernelName, kernel, (channel) =>
      bias === undefined ? 0 : leastScaleOf(bias[channel] ?? 0, input.step),
    );
    const inputs = [
      this.#dequantize(`${node.name}/input`, input),
      this.#dequantizeConstant(
        `${node.name}/kernel`,
        this.#constant(`${node.name}/kernel/levels`, kernel.dims, 'int8', levels),
        scales,
      ),
    ];
    if (bias !== undefined) {
      const quantized = quantizeBias(bias, input.step, scales);
      const dims = [bias.length];
      const name = `${node.name}/bias`;
      const constant = this.#constant(`${name}/levels`, dims, 'int32', quantized.levels);
      inputs.push(this.#dequantizeConstant(name, constant, quantized.scales));
    }
    this.#nodes.push({ ...node, inputs });
  }

  /** What the outputs need, in order. */
  finish(outputs: readonly string[]): { nodes: NodeProto[]; initializers: TensorProto[] } {
    const needed = new Set(outputs);
    const nodes = this.#nodes.toReversed().filter((node) => {
      const isNeeded = node.outputs.some((output) => needed.has(output));
      if (isNeeded) for (const input of node.inputs) needed.add(input);
      return isNeeded;
    });
    const initializers = this.#constants.filter(({ name }) => needed.has(name));
    return { nodes: nodes.toReversed(), initializers };
  }

  #dequantize(name: string, { levels, scale, zeroPoint }: QuantizedValue): string {
    return this.#node('DequantizeLinear', name, [levels, scale, zeroPoint]);
  }

  /** A constant with a scale for each of its first axis. */
  #dequantizeConstant(name: string, levels: string, scales: Float32Array): string {
    const scale = this.#constant(`${name}/scales`, [scales.length], 'float32', scales);
    return this.#node('DequantizeLinear', `${name}/rounded`, [levels, scale], { axis: 0 });
  }

  #node(
    opType: string,
    name: string,
    inputs: readonly string[],
    attributes: NodeProto['attributes'] = {},
  ): string {
    this.#nodes.push({ name, opType, inputs, outputs: [name], attributes });
    return name;
  }

  #constant<K extends TensorProto['type']>(
    name: string,
    dims: readonly number[],
    type: K,
    data: Extract<TensorProto, { readonly type: K }>['data'],
  ): string {
    this.#constants.push({ name, dims, type, data } as TensorProto);
    return name;
  }
}
