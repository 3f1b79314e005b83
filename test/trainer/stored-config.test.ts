import { expect, test } from 'vitest';
import { parseConfig } from '../../trainer/stored-config.ts';
import { tinyClassicConfig, tinyConfig } from '../support/tiny-run.ts';

test('what is stored comes back, but for fields without a value', () => {
  for (const config of [tinyConfig('', 3), tinyClassicConfig('classic', '', 3)]) {
    expect(parseConfig(JSON.stringify(config))).toEqual(config);
  }
});

test('a configuration of the first runs is read as what it meant', () => {
  const {
    family: _family,
    warnings: _warnings,
    jitter: _jitter,
    warmStart: _warmStart,
    freezeNormFrom: _freezeNormFrom,
    ...fields
  } = tinyConfig('', 3);
  const { source: _source, sourceEverySteps: _every, chroma: _chroma, ...loss } = fields.loss;
  const config = parseConfig(JSON.stringify({ ...fields, shift: 6, loss }));
  expect(config).toMatchObject({
    ...fields,
    family: 'modern',
    warnings: [],
    jitter: { shift: 6, warped: 0, turn: 0, scale: 0 },
    loss: { ...loss, source: 0, sourceEverySteps: 1, chroma: 0 },
  });
});

test('a configuration from before the families keeps its jitter', () => {
  const { family: _family, ...fields } = tinyConfig('', 3);
  expect(parseConfig(JSON.stringify(fields))).toEqual({ ...fields, family: 'modern' });
});
