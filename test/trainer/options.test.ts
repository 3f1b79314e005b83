import { expect, test } from 'vitest';
import { parseOptions, type StartRequest } from '../../trainer/options.ts';

function parse(...args: string[]): StartRequest {
  const request = parseOptions(args);
  if (request.kind !== 'start') throw new Error(`${args.join(' ')} does not start a run`);
  return request;
}

test('a mode waits for the data, which says what the mode has to do without', () => {
  const { selection, preset, annealing } = parse('--data', 'd', '--mode', 'ftm', '--faces', 'A');
  expect(selection).toEqual({ faces: 'A', mode: 'ftm' });
  expect([preset, annealing]).toEqual(['modern-s', undefined]);
});

test('one direction is a target with its sources', () => {
  const { selection } = parse('--data', 'd', '--sources', 'Male', '--target', 'f=!Male');
  expect(selection).toEqual({ faces: '', sources: 'Male', targets: { f: '!Male' } });
});

test('two folders are learnt both ways, but by classic presets in one direction', () => {
  const folders = ['--source', 'a', '--target', 'b'];
  expect(parse(...folders).selection).toEqual({
    faces: '',
    targets: { target: 'Target', source: '!Target' },
  });
  expect(parse(...folders, '--preset', 'classic', '--annealing', 'as-intended')).toMatchObject({
    selection: { faces: '', sources: '!Target', targets: { target: 'Target' } },
    annealing: 'as-intended',
  });
});

test.each([
  [['--source', 'a', '--target', 'b', '--mode', 'mtf'], /leave out --sources and --mode/],
  [['--data', 'd', '--mode', 'mtf', '--sources', 'Male'], /--mode stands for/],
  [['--data', 'd', '--mode', 'mtf', '--annealing', 'never'], /choose as-run or as-intended/],
  [['--data', 'd', '--target', 'a=Male'], /at least two different --target/],
])('%j is refused', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});
