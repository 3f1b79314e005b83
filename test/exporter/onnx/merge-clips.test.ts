import { describe, expect, test } from 'vitest';
import { GraphBuilder, type Value } from '../../../exporter/onnx/graph-builder.ts';
import { mergeClips } from '../../../exporter/onnx/merge-clips.ts';
import { decodeModel } from '../../../exporter/onnx/read-model.ts';
import { createRunner } from '../../../trainer/evaluation/runner.ts';

type Step = readonly [opType: string, ...limits: (number | undefined)[]];

const VALUES = Float32Array.of(-9, -3, -1, -0.5, 0, 0.5, 1, 2, 3, 5, 6, 7, 9);

/** The values after some steps, as written or merged, and the types of the nodes. */
async function run(
  steps: readonly Step[],
  isMerged: boolean,
  extra: (graph: GraphBuilder, inner: readonly Value[]) => void = () => {},
): Promise<{ values: number[]; opTypes: string[] }> {
  const graph = new GraphBuilder();
  const values = [graph.input('x', 'float32', [VALUES.length])];
  for (const [i, [opType, ...limits]] of steps.entries()) {
    const name = `step${i}`;
    const constants = limits.map((limit, k) => {
      return limit === undefined ? '' : graph.scalar(`${name}/${k}`, limit);
    });
    values.push(graph.op(opType, name, [values.at(-1) ?? '', ...constants]));
  }
  graph.output(values.at(-1) ?? '', 'float32', [VALUES.length]);
  extra(graph, values);
  if (isMerged) graph.rewrite(mergeClips);
  const file = graph.build('clips', {});
  const { nodes, outputs } = decodeModel(file);
  const runner = await createRunner(file);
  const result = await runner.run({
    x: { type: 'float32', dims: [VALUES.length], data: VALUES },
  });
  return {
    values: [...(result[outputs[0]?.name ?? '']?.data ?? [])],
    opTypes: nodes.map(({ opType }) => opType),
  };
}

describe('nodes that cut values off', () => {
  test.each<{ steps: Step[] }>([
    { steps: [['Relu'], ['Min', 6], ['Max', 0]] },
    {
      steps: [
        ['Max', -2],
        ['Min', 3],
      ],
    },
    { steps: [['Min', 1], ['Relu'], ['Clip', 0.5, undefined], ['Max', -4]] },
    {
      steps: [
        ['Clip', -5, 2],
        ['Clip', 3, 8],
      ],
    },
    { steps: [['Min', -1], ['Relu']] },
    { steps: [['Relu'], ['Relu']] },
  ])('become one that computes the same: $steps', async ({ steps }) => {
    const [written, merged] = [await run(steps, false), await run(steps, true)];
    expect(merged.values).toEqual(written.values);
    expect(merged.opTypes).toEqual(['Clip']);
  });

  test('stay where they are alone, or where another node reads between them', async () => {
    expect((await run([['Relu']], true)).opTypes).toEqual(['Relu']);
    expect((await run([['Min', 2]], true)).opTypes).toEqual(['Min']);
    const read = await run([['Relu'], ['Min', 6]], true, (graph, inner) => {
      graph.output(graph.op('Neg', 'reader', [inner[1] ?? '']), 'float32', [VALUES.length]);
    });
    expect(read.opTypes).toEqual(['Relu', 'Min', 'Neg']);
    const published = await run([['Relu'], ['Min', 6]], true, (graph, inner) => {
      graph.output(inner[1] ?? '', 'float32', [VALUES.length]);
    });
    expect(published.opTypes).toEqual(['Relu', 'Min']);
  });

  test('stay where a limit is computed or is a list of numbers', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', [2]);
    const limits = graph.initializer('limits', [2], Float32Array.of(1, 2));
    const first = graph.op('Min', 'first', [graph.op('Relu', 'relu', [x]), limits]);
    graph.output(graph.op('Max', 'second', [first, x]), 'float32', [2]);
    graph.rewrite(mergeClips);
    const { nodes } = decodeModel(graph.build('limits', {}));
    expect(nodes.map(({ opType }) => opType)).toEqual(['Relu', 'Min', 'Max']);
  });
});
