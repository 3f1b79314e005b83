import { describe, expect, test } from 'vitest';
import { parseInferenceOptions } from './options.ts';

describe('the options of the inference bench', () => {
  test('measure the shipped model in every setting when nothing is given', () => {
    expect(parseInferenceOptions([])).toEqual({
      model: undefined,
      batches: [1, 4, 16],
      rounds: 15,
      withPeer: true,
      withProfile: false,
      asJson: false,
    });
  });

  test('are taken as given', () => {
    const model = ['--model', 'models/masculine/3'];
    const flags = ['--batch', '2,8', '--rounds', '3', '--no-peer', '--profile', '--json'];
    expect(parseInferenceOptions([...model, ...flags])).toEqual({
      model: 'models/masculine/3',
      batches: [2, 8],
      rounds: 3,
      withPeer: false,
      withProfile: true,
      asJson: true,
    });
  });

  test.each([
    [['--batch', '1,0'], /--batch "0": expected a whole number above 0/],
    [['--batch', ''], /--batch ""/],
    [['--rounds', '1.5'], /--rounds "1\.5"/],
    [['--frobnicate'], /--frobnicate/],
    [['models/feminine/3'], /models\/feminine\/3/],
  ])('%j are refused by name', (args, message) => {
    expect(() => parseInferenceOptions(args)).toThrow(message);
  });
});
