import { expect, test } from 'vitest';
import { buildSmallGenerator } from '../../support/small-generator.ts';
import { profileModel, summariseTrace } from './profile.ts';
import { formatProfile } from './report.ts';

const kernel = (name: string, operator: string, dur: number) => ({
  cat: 'Node',
  name: `${name}_kernel_time`,
  dur,
  args: { op_name: operator },
});

test('a trace is summed by operator, over the median of each node', () => {
  const operators = summariseTrace([
    { cat: 'Session', name: 'model_run', dur: 9999 },
    { cat: 'Node', name: 'a_fence_before', dur: 50 },
    kernel('a', 'Conv', 1000),
    kernel('a', 'Conv', 9000),
    kernel('a', 'Conv', 2000),
    kernel('b', 'Conv', 1000),
    kernel('c', 'Relu', 1000),
  ]);
  expect(operators).toEqual([
    { operator: 'Conv', nodes: 2, ms: 3, share: 0.75 },
    { operator: 'Relu', nodes: 1, ms: 1, share: 0.25 },
  ]);
  expect(formatProfile(operators).split('\n')).toEqual([
    'operator  nodes  ms     share',
    'Conv      2      3.000  75.0 %',
    'Relu      1      1.000  25.0 %',
  ]);
});

test('ONNX Runtime tells what the operators of a model take', async () => {
  const size = { batch: 1, height: 20, width: 16 };
  const operators = await profileModel(buildSmallGenerator(), size);
  expect(operators.map(({ operator }) => operator)).toContain('Conv');
  expect(operators.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
});
