import { beforeAll, describe, expect, test } from 'vitest';
import { buildDetector } from '../../../exporter/detector/network.ts';
import { readBlazeface, runBlazeface } from '../../../exporter/detector/reference.ts';
import { compareValues } from '../../../exporter/golden.ts';
import type { GraphDefinition } from '../../../exporter/graph-model/graph-definition.ts';
import { summariseOnnx } from '../../../models/contract/onnx-file.ts';
import type { Tensor } from '../../../models/contract/tensor.ts';
import { chooseBackend } from '../../../trainer/backend.ts';
import { createRunner } from '../../../trainer/evaluation/runner.ts';
import { Random } from '../../../trainer/random.ts';

let blazeface: GraphDefinition;

beforeAll(async () => {
  await chooseBackend();
  blazeface = await readBlazeface();
});

describe('BlazeFace as ONNX', () => {
  test('equals tf.js on a batch of two, whatever the pictures', async () => {
    const random = new Random(3);
    const side = 256;
    const levels = new Uint8Array(2 * side * side * 3);
    // A smooth gradient and a noise picture: values of every size at every place.
    levels.forEach((_, i) => {
      levels[i] =
        i < levels.length / 2 ? (i / 600) % 256 : Math.abs(127 + 60 * random.normal()) % 256;
    });
    const runner = await createRunner(buildDetector(blazeface).build('face-detector', {}));
    const image: Tensor = { type: 'uint8', dims: [2, side, side, 3], data: levels };
    const actual = await runner.run({ image });
    const expected = await runBlazeface(blazeface, levels);
    const boxes = (actual['boxes'] as Tensor).data;
    const scores = (actual['scores'] as Tensor).data;
    expect(actual['boxes']?.dims).toEqual([2, 896, 16]);
    expect(actual['scores']?.dims).toEqual([2, 896, 1]);
    // Box values are px of a side of 256, scores logits whose sigmoid is what counts.
    expect(compareValues(boxes, expected.boxes).maxAbs / side).toBeLessThan(1e-4);
    const probability = (logits: Tensor['data']): Float32Array =>
      Float32Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
    expect(compareValues(probability(scores), probability(expected.scores)).maxAbs).toBeLessThan(
      1e-4,
    );
    expect(compareValues(boxes, new Float32Array(boxes.length)).maxAbs).toBeGreaterThan(10);
  });

  test('transposes at its borders only and keeps the names of tf.js', () => {
    const { opTypes, opsets } = summariseOnnx(buildDetector(blazeface).build('face-detector', {}));
    expect(opsets).toEqual({ '': 17 });
    const count = (type: string): number => opTypes.filter((found) => found === type).length;
    expect(count('Transpose')).toBe(1 + 4);
    expect(count('Reshape')).toBe(4);
    expect(count('Conv')).toBe(37 + 32);
    expect(count('Pad')).toBe(2);
    expect(opTypes.lastIndexOf('Conv')).toBeLessThan(opTypes.length - 2);
    expect(new Set(opTypes)).toEqual(
      new Set('Cast Transpose Div Sub Conv Relu Add MaxPool Pad Reshape Concat'.split(' ')),
    );
  });
});
