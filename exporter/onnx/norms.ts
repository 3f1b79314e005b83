import { constantBeside, type FloatConstant, matchLayout } from './constants.ts';
import { withConstant } from './elementwise.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';
import { toPlain } from './layouts.ts';
import { fixedSize, onnxAxis, resolveAxis, type TensorValue } from './tensor-value.ts';

/** Learnt scale and shift, and what a batch normalisation measured; one value a channel. */
export interface BatchNormConstants {
  readonly gamma?: Float32Array;
  readonly beta?: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly epsilon: number;
}

/**
 * Batch normalisation at inference: one multiplication and one addition, which `foldAffines` moves
 * into the layer before where that is exact.
 *
 * @param axis the normalised axis of tf.js's order
 */
export function batchNorm(
  graph: GraphBuilder,
  name: string,
  x: TensorValue,
  { gamma, beta, mean, variance, epsilon }: BatchNormConstants,
  axis = -1,
): TensorValue {
  const scale = Float64Array.from(
    variance,
    (value, i) => (gamma?.[i] ?? 1) / Math.sqrt(value + epsilon),
  );
  const shift = mean.map((value, i) => (beta?.[i] ?? 0) - value * (scale[i] as number));
  return affine(graph, name, x, Float32Array.from(scale), shift, axis);
}

/** scale * x + shift for each index of an axis. */
export function affine(
  graph: GraphBuilder,
  name: string,
  x: TensorValue,
  scale: Float32Array,
  shift: Float32Array,
  axis = -1,
): TensorValue {
  const resolved = resolveAxis(name, x, axis);
  const size = fixedSize(name, x.dims[resolved]);
  const shape = x.dims.map((_, i) => (i === resolved ? size : 1));
  const scaled = withConstant(
    graph,
    'Mul',
    `${name}/scaled`,
    x,
    { shape, data: scale },
    `${name}/scale`,
  );
  return withConstant(graph, 'Add', name, scaled, { shape, data: shift }, `${name}/shift`);
}

export interface LayerNormConstants {
  /** Of the normalised axes' sizes. */
  readonly gamma?: FloatConstant;
  readonly beta?: FloatConstant;
  readonly epsilon: number;
}

/**
 * Layer normalisation over axes of tf.js's order. One node where they are the last ones in the
 * graph's order too; else, such as over the channels of a map, written out.
 *
 * @throws Error when a normalised axis has no fixed size
 */
export function layerNorm(
  graph: GraphBuilder,
  name: string,
  input: TensorValue,
  { gamma, beta, epsilon }: LayerNormConstants,
  axes: readonly number[],
): TensorValue {
  const resolved = axes.map((axis) => resolveAxis(name, input, axis)).sort((a, b) => a - b);
  // All features of a flattened map count alike, in whatever order they lie.
  const isOrdered = typeof input.layout === 'string' || resolved.join() === '1';
  const x = isOrdered ? input : toPlain(graph, input);
  const shape = x.dims.map((dim, axis) => (resolved.includes(axis) ? fixedSize(name, dim) : 1));
  const onnxAxes = resolved.map((axis) => onnxAxis(x, axis)).sort((a, b) => a - b);
  const [first] = onnxAxes;
  const isLast = onnxAxes.every((axis, i) => axis === x.dims.length - onnxAxes.length + i);
  if (isLast && first !== undefined) {
    const constants = [fill(shape, gamma, 1), fill(shape, beta, 0)].map((constant, i) => {
      const ordered = matchLayout(x, constant);
      const part = i === 0 ? 'scale' : 'shift';
      return graph.initializer(`${name}/${part}`, ordered.shape.slice(first), ordered.data);
    });
    const attributes = { axis: first, epsilon: { float: epsilon } };
    const value = graph.op('LayerNormalization', name, [x.value, ...constants], attributes);
    return { ...x, value };
  }
  const unit = standardise(graph, name, x.value, onnxAxes, epsilon);
  const scale = constantBeside(graph, `${name}/scale`, x, fill(shape, gamma, 1));
  const shift = constantBeside(graph, `${name}/shift`, x, fill(shape, beta, 0));
  const scaled = graph.op('Mul', `${name}/scaled`, [unit, scale.value]);
  return { ...x, value: graph.op('Add', name, [scaled, shift.value]) };
}

/** (x - mean) / sqrt(variance + epsilon) over axes of the graph's order. */
function standardise(
  graph: GraphBuilder,
  name: string,
  x: Value,
  axes: readonly number[],
  epsilon: number,
): Value {
  const mean = graph.op('ReduceMean', `${name}/mean`, [x], { axes });
  const centred = graph.op('Sub', `${name}/centred`, [x, mean]);
  const square = graph.op('Mul', `${name}/square`, [centred, centred]);
  const variance = graph.op('ReduceMean', `${name}/variance`, [square], { axes });
  const offset = graph.scalar(`${name}/epsilon`, epsilon);
  const safe = graph.op('Add', `${name}/safe`, [variance, offset]);
  const deviation = graph.op('Sqrt', `${name}/deviation`, [safe]);
  return graph.op('Div', `${name}/unit`, [centred, deviation]);
}

/** A constant of a shape that broadcasts, all of one value where there is none. */
function fill(
  shape: readonly number[],
  constant: FloatConstant | undefined,
  value: number,
): FloatConstant {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: constant?.data ?? new Float32Array(size).fill(value) };
}

/** Instance normalisation of a NCHW map, then a scale and a shift per channel. */
export function instanceNorm(
  graph: GraphBuilder,
  name: string,
  x: TensorValue,
  gain: Float32Array,
  shift: Float32Array,
  epsilon = 1e-5,
): TensorValue {
  const dims = [fixedSize(name, x.dims[3])];
  const inputs: Value[] = [
    x.value,
    graph.initializer(`${name}/gain`, dims, gain),
    graph.initializer(`${name}/shift`, dims, shift),
  ];
  const value = graph.op('InstanceNormalization', name, inputs, { epsilon: { float: epsilon } });
  return { ...x, value };
}
