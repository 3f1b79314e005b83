import { describe, expect, test } from 'vitest';
import { ConfigError, describeConfig, loadConfig } from '../../server/config.ts';

test('an empty environment gives the documented defaults', () => {
  expect(loadConfig({})).toMatchObject({
    host: '127.0.0.1',
    port: 8080,
    adminPort: 8081,
    allowedHosts: [],
    provider: { wanted: 'auto', isStrict: false },
    deviceIds: [0],
    deviceProcess: 'auto',
    batchBuckets: [1, 2, 4, 8, 16, 32],
    batchMaxDelayMs: 4,
    maxUploadBytes: 33_554_432,
    maxPixels: 50_000_000,
    maxFaces: 64,
  });
});

test('values are read with their types', () => {
  const config = loadConfig({
    DM_PORT: '0',
    DM_EP: 'cuda',
    DM_EP_STRICT: 'true',
    DM_DEVICE_IDS: '1, 0',
    DM_BATCH_BUCKETS: '1,8',
    DM_ALLOWED_HOSTS: 'Faces.example, other.example',
  });
  expect(config).toMatchObject({
    port: 0,
    provider: { wanted: 'cuda', isStrict: true },
    deviceIds: [1, 0],
    batchBuckets: [1, 8],
    allowedHosts: ['faces.example', 'other.example'],
  });
});

describe('errors', () => {
  test('an unknown name is refused with the nearest one', () => {
    expect(() => loadConfig({ DM_PROT: '80' })).toThrow(/DM_PROT is no setting.*DM_PORT/);
  });

  test.each([
    ['DM_PORT', '70000', /DM_PORT=70000: expected a number from 0 to 65535/],
    ['DM_MAX_FACES', 'many', /DM_MAX_FACES=many: expected a whole number/],
    ['DM_MAX_FACES', '0', /DM_MAX_FACES=0: expected a number from 1/],
    ['DM_EP', 'gpu', /DM_EP=gpu: .*"auto"/],
    ['DM_EP_STRICT', 'yes', /DM_EP_STRICT=yes/],
    ['DM_DEVICE_IDS', '0,0', /DM_DEVICE_IDS=0,0: expected every number once/],
    ['DM_DEVICE_IDS', 'gpu', /DM_DEVICE_IDS=gpu: expected whole numbers/],
    ['DM_BATCH_BUCKETS', '4,2', /DM_BATCH_BUCKETS=4,2: expected increasing numbers/],
    ['DM_BATCH_BUCKETS', '0,2', /DM_BATCH_BUCKETS=0,2: expected numbers from 1/],
    ['DM_HOST', '', /DM_HOST=/],
  ])('%s=%s', (name, value, message) => {
    const load = () => loadConfig({ [name]: value });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(message);
  });
});

test('variables of other programs and of the tests are ignored', () => {
  expect(loadConfig({ PATH: '/bin', DM_TEST_REQUIRE: 'chromium' })).toEqual(loadConfig({}));
});

test('the description has every setting with its value in effect', () => {
  const text = describeConfig({ DM_PORT: '9000', DM_ALLOWED_HOSTS: 'a.example' });
  expect(text).toContain('DM_PORT=9000  # public port');
  expect(text).toContain('DM_ALLOWED_HOSTS=a.example  #');
  const lines = text.trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(15);
  for (const line of lines) expect(line).toMatch(/^DM_[A-Z_]+=.*  # \w/);
});
