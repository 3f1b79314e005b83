import { conv, convTranspose, depthwiseConv } from '../../onnx/convolutions.ts';
import { describeDims, equalDims } from '../../onnx/dims.ts';
import { type PoolKind, pool } from '../../onnx/pools.ts';
import type { Padding } from '../../onnx/windows.ts';
import { type NodeValue, tensorResult } from '../node-value.ts';
import type { Operands, Operation } from '../operands.ts';
import { readFusion } from './fusion.ts';

/** Operations with a window that slides over a map. */
export const WINDOW_OPERATIONS: readonly (readonly [string, Operation])[] = [
  ['Conv2D', (operands) => tensorResult(conv(...convolution(operands)))],
  ['DepthwiseConv2dNative', (operands) => tensorResult(depthwiseConv(...convolution(operands)))],
  ['_FusedConv2D', (operands) => fusedConvolution(operands, conv)],
  ['FusedDepthwiseConv2dNative', (operands) => fusedConvolution(operands, depthwiseConv)],
  ['Conv2DBackpropInput', transposedConvolution],
  ['MaxPool', (operands) => pooling(operands, 'max')],
  ['AvgPool', (operands) => pooling(operands, 'average')],
];

type Convolution = typeof conv;

function convolution(operands: Operands): Parameters<Convolution> {
  const { graph, name } = operands;
  return [graph, name, operands.tensor(0), operands.floats(1), readWindow(operands)];
}

/** Bias and activation are the ones that tf.js accepts in this place. */
function fusedConvolution(operands: Operands, add: Convolution): NodeValue {
  const { bias, activate } = readFusion(operands);
  const [graph, name, x, kernel, options] = convolution(operands);
  const inner = activate ? `${name}/Conv` : name;
  const y = add(graph, inner, x, kernel, { ...options, ...(bias && { bias }) });
  return tensorResult(activate ? activate(y) : y);
}

function transposedConvolution(operands: Operands): NodeValue {
  const { graph, name } = operands;
  operands.requireChannelsLast();
  const requested = operands.sizes(0);
  const padding = operands.attributes.text('padding').toLowerCase();
  if (padding !== 'same' && padding !== 'valid') {
    throw operands.error(`has padding ${padding.toUpperCase()}; supported are SAME and VALID`);
  }
  const y = convTranspose(graph, name, operands.tensor(2), operands.floats(1), {
    strides: readPair(operands, 'strides'),
    padding,
  });
  // The batch may have been fixed to 1 where this file leaves it free.
  if (!requested.slice(1).every((dim, i) => equalDims(dim, y.dims[i + 1] ?? 0))) {
    throw operands.error(
      `asks for ${describeDims(requested)}; supported is its input times the stride, ${describeDims(y.dims)}`,
    );
  }
  return tensorResult(y);
}

function pooling(operands: Operands, kind: PoolKind): NodeValue {
  const { graph, name } = operands;
  const size = readPair(operands, 'ksize');
  const y = pool(graph, kind, name, operands.tensor(0), {
    size,
    ...readWindow(operands),
  });
  return tensorResult(y);
}

interface WindowOptions {
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly padding: Padding;
}

function readWindow(operands: Operands): WindowOptions {
  operands.requireChannelsLast();
  return {
    strides: readPair(operands, 'strides'),
    dilations: operands.attributes.has('dilations') ? readPair(operands, 'dilations') : [1, 1],
    padding: readPadding(operands),
  };
}

/** Height's and width's part of an attribute [1, h, w, 1]; older exports leave dilations empty. */
function readPair(operands: Operands, attribute: string): readonly [number, number] {
  const list = operands.attributes.integers(attribute);
  const [batch = 1, height = 1, width = 1, channels = 1] = list;
  if (batch !== 1 || channels !== 1) {
    throw operands.error(`has ${attribute} [${list.join()}]; supported is [1, h, w, 1]`);
  }
  return [height, width];
}

function readPadding(operands: Operands): Padding {
  const { attributes } = operands;
  const padding = attributes.text('padding');
  if (padding === 'SAME') return 'same';
  if (padding === 'VALID') return 'valid';
  const [, , ...pads] = attributes.integers('explicit_paddings', []);
  const [top, bottom, left, right] = pads;
  if (padding !== 'EXPLICIT' || top === undefined || right === undefined) {
    throw operands.error(`has padding ${padding}; supported are SAME, VALID and EXPLICIT`);
  }
  return [
    { begin: top, end: bottom ?? 0 },
    { begin: left ?? 0, end: right },
  ];
}
