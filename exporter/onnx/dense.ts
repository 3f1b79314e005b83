import { type FloatConstant, reorderRows } from './constants.ts';
import { conv } from './convolutions.ts';
import { describeDims, nominalSize } from './dims.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { toPlain } from './layouts.ts';
import type { TensorValue } from './tensor-value.ts';

/**
 * A matrix product with the last axis, plus a bias. On a map it is a convolution of 1x1; behind a
 * flattened map the kernel's rows take the map's order, so that nothing is transposed.
 *
 * @param kernel [in, out]
 * @throws Error when the kernel does not fit the last axis
 */
export function dense(
  graph: GraphBuilder,
  name: string,
  x: TensorValue,
  kernel: FloatConstant,
  bias?: Float32Array,
): TensorValue {
  const [inputs, outputs] = kernel.shape;
  if (kernel.shape.length !== 2 || inputs !== x.dims.at(-1) || outputs === undefined) {
    throw new Error(
      `${name}: kernel [${kernel.shape.join()}] does not fit a tensor ${describeDims(x.dims)}`,
    );
  }
  if (x.layout === 'channels-first') {
    const pointwise = { shape: [1, 1, ...kernel.shape], data: kernel.data };
    return conv(graph, name, x, pointwise, { padding: 'valid', ...(bias && { bias }) });
  }
  const dims = [...x.dims.slice(0, -1), outputs];
  if (x.dims.length === 2) {
    graph.flop += 2 * kernel.data.length;
    const rows = reorderRows(kernel.data, x.layout, outputs);
    const weights = [graph.initializer(`${name}/kernel`, kernel.shape, rows)];
    if (bias) weights.push(graph.initializer(`${name}/bias`, [outputs], bias));
    return { value: graph.op('Gemm', name, [x.value, ...weights]), dims, layout: 'plain' };
  }
  graph.flop += 2 * kernel.data.length * nominalRows(x);
  const factors = [
    toPlain(graph, x).value,
    graph.initializer(`${name}/kernel`, kernel.shape, kernel.data),
  ];
  const product = graph.op('MatMul', bias ? `${name}/product` : name, factors);
  const value = bias
    ? graph.op('Add', name, [product, graph.initializer(`${name}/bias`, [outputs], bias)])
    : product;
  return { value, dims, layout: 'plain' };
}

/** Rows that one input has at the nominal size. */
function nominalRows({ dims }: TensorValue): number {
  return dims.slice(1, -1).reduce<number>((rows, dim) => rows * nominalSize(dim), 1);
}
