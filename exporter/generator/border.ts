import { IMAGE } from '../../models/contract/tensor.ts';
import { freeDim } from '../onnx/dims.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { imageToFeatures } from '../onnx/image.ts';

/** Every family halves twice: height and width of an input are multiples of this. */
export const SIZE_MULTIPLE = 4;

/** Dims of every picture at the border of a generator's graph. */
export const IMAGE_DIMS = ['n', 'h', 'w', 3] as const;

/** Size of an input for which operations are counted; the graph takes every multiple of 4. */
export interface NominalSize {
  readonly height: number;
  readonly width: number;
}

/** The input `image` of the trainer's generators, and its values in [-1, 1]. */
export function addImage(
  graph: GraphBuilder,
  { height, width }: NominalSize,
): ReturnType<typeof imageToFeatures> {
  const image = graph.input(IMAGE, 'uint8', IMAGE_DIMS);
  const [, h, w] = IMAGE_DIMS;
  const dims = [freeDim(h, height, SIZE_MULTIPLE), freeDim(w, width, SIZE_MULTIPLE), 3] as const;
  return imageToFeatures(graph, image, dims, '-1..1');
}
