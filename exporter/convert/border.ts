import { type Dim, isSymbol } from '../onnx/dims.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import {
  featuresToLevels,
  type ImageRange,
  imageToFeatures,
  levelsToImage,
} from '../onnx/image.ts';
import { toChannelsFirst, toPlain } from '../onnx/layouts.ts';
import type { NetworkInput } from '../onnx/network.ts';
import { onnxOrder, type TensorValue } from '../onnx/tensor-value.ts';

/**
 * How maps enter and leave the file; other tensors always are float32 in tf.js's order.
 * - `float32-nhwc`: as in tf.js;
 * - `float32-nchw`: without a transpose at the border;
 * - `uint8-nhwc`: pictures of 1, 3 or 4 channels are grey levels 0 to 255.
 */
export const IO_FORMATS = ['float32-nhwc', 'float32-nchw', 'uint8-nhwc'] as const;
export type IoFormat = (typeof IO_FORMATS)[number];

export const IMAGE_RANGES: readonly ImageRange[] = ['0..1', '-1..1', '0..255'];

export interface BorderOptions {
  readonly io: IoFormat;
  /** What the network takes for grey levels 0 to 255; for `uint8-nhwc` only. */
  readonly range: ImageRange;
  /** What its own pictures mean; undefined leaves them float32. */
  readonly outputRange: ImageRange | undefined;
}

/** Channels that make a map a picture: grey, RGB, RGBA. */
const PICTURE_CHANNELS: readonly Dim[] = [1, 3, 4];

/** Whether an input is a picture, which `uint8-nhwc` takes as bytes. */
export function isPicture({ dims }: Pick<NetworkInput, 'dims'>): boolean {
  return dims.length === 4 && PICTURE_CHANNELS.includes(dims[3] as Dim);
}

/** Declares an input of the file. */
export function addInput(
  graph: GraphBuilder,
  input: NetworkInput,
  { io, range }: BorderOptions,
): TensorValue {
  const { name, dims } = input;
  if (io === 'uint8-nhwc' && isPicture(input)) {
    const [, height, width, channels] = dims as [Dim, Dim, Dim, number];
    const image = graph.input(name, 'uint8', dimNames(name, dims));
    return { ...imageToFeatures(graph, image, [height, width, channels], range), dims };
  }
  const layout = io === 'float32-nchw' && dims.length === 4 ? 'channels-first' : 'plain';
  const names = onnxOrder({ layout }, dimNames(name, dims));
  return { value: graph.input(name, 'float32', names), dims, layout };
}

/**
 * Declares an output of the file.
 *
 * @param isImage whether it is a picture, which `uint8-nhwc` gives as bytes
 */
export function addOutput(
  graph: GraphBuilder,
  name: string,
  x: TensorValue,
  { io, outputRange }: BorderOptions,
  isImage: boolean,
): void {
  const isMap = x.dims.length === 4;
  const turned =
    isMap && io === 'float32-nchw' ? toChannelsFirst(graph, name, x) : toPlain(graph, x);
  const names = onnxOrder(turned, dimNames(name, x.dims));
  if (io === 'uint8-nhwc' && isImage && outputRange !== undefined) {
    const levels = featuresToLevels(graph, `${name}/picture`, turned.value, outputRange);
    const image = levelsToImage(graph, `${name}/picture`, levels);
    graph.output(graph.nameValue(image, name), 'uint8', names);
    return;
  }
  graph.output(graph.publish(turned.value, name), 'float32', names);
}

/** Sizes, and the names of free ones: the input's where the size is the same, else their own. */
function dimNames(name: string, dims: readonly Dim[]): (number | string)[] {
  const axes = dims.length === 4 ? ['n', 'h', 'w', 'c'] : ['n'];
  return dims.map((dim, axis) => {
    if (typeof dim === 'number') return dim;
    return isSymbol(dim) ? dim.symbol : `${name}_${axes[axis] ?? `d${axis}`}`;
  });
}
