import { BOXES, IMAGE, SCORES } from '../../models/contract/tensor.ts';
import { convertGraphModel } from '../graph-model/convert.ts';
import type { GraphDefinition } from '../graph-model/graph-definition.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { imageToFeatures } from '../onnx/image.ts';
import { toPlain } from '../onnx/layouts.ts';

/** Side of BlazeFace's square input in px. */
export const DETECTOR_SIZE = 256;
/** Two anchors per cell of a 16x16 grid, six per cell of an 8x8 grid, in the output's order. */
export const DETECTOR_ANCHORS = [
  { size: 16, perCell: 2 },
  { size: 8, perCell: 6 },
] as const;
const ANCHORS = DETECTOR_ANCHORS.reduce((sum, { size, perCell }) => sum + size * size * perCell, 0);

/** Outputs of the tf.js model: logits and box values of the 16x16 grid, then of the 8x8 grid. */
export const SCORE_NODES = ['Identity', 'Identity_1'] as const;
export const BOX_NODES = ['Identity_2', 'Identity_3'] as const;

/**
 * BlazeFace as an ONNX graph: uint8 `image` [n, 256, 256, 3] to float32 `boxes` [n, 896, 16] and
 * `scores` [n, 896, 1].
 *
 * A row of `boxes` holds, in px of the input and relative to the anchor's centre, the box's centre
 * (x, y), its size (width, height) and six points (x, y): left eye, right eye, nose, mouth, left
 * ear, right ear, left being the picture's left. `scores` are logits.
 */
export function buildDetector(definition: GraphDefinition): GraphBuilder {
  const graph = new GraphBuilder();
  const image = graph.input(IMAGE, 'uint8', ['n', DETECTOR_SIZE, DETECTOR_SIZE, 3]);
  const x = imageToFeatures(graph, image, [DETECTOR_SIZE, DETECTOR_SIZE, 3], '-1..1');
  const inputs = new Map(definition.inputs.map(({ name }) => [name, x]));
  const names = [...SCORE_NODES, ...BOX_NODES];
  const [scores16, scores8, boxes16, boxes8] = convertGraphModel(
    graph,
    definition,
    inputs,
    names,
  ).map((output) => toPlain(graph, output).value) as [string, string, string, string];
  const boxes = graph.op('Concat', BOXES, [boxes16, boxes8], { axis: 1 });
  const scores = graph.op('Concat', SCORES, [scores16, scores8], { axis: 1 });
  graph.output(boxes, 'float32', ['n', ANCHORS, 16]);
  graph.output(scores, 'float32', ['n', ANCHORS, 1]);
  return graph;
}
