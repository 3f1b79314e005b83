import { describe, expect, test } from 'vitest';
import { PRESETS } from '../../../trainer/presets.ts';
import { parseTrainOptions } from './options.ts';

describe('the options of the training bench', () => {
  test('measure every preset, with the peer, when nothing is given', () => {
    expect(parseTrainOptions([])).toEqual({
      presets: Object.keys(PRESETS),
      steps: 80,
      withPeer: true,
      asJson: false,
    });
  });

  test('are taken as given', () => {
    const args = ['--preset', 'modern-s', '--steps', '16', '--no-peer', '--json'];
    expect(parseTrainOptions(args)).toEqual({
      presets: ['modern-s'],
      steps: 16,
      withPeer: false,
      asJson: true,
    });
  });

  test.each([
    [['--preset', 'modern-xs'], /modern-xs: expected .*modern-s/],
    [['--steps', '0'], /--steps 0: expected a whole number above 0/],
    [['--steps', '1.5'], /--steps 1\.5/],
    [['--steps', 'many'], /--steps many/],
    [['--frobnicate'], /--frobnicate/],
    [['modern-s'], /modern-s/],
  ])('%j are refused by name', (args, message) => {
    expect(() => parseTrainOptions(args)).toThrow(message);
  });
});
