import { describe, expect, test } from 'vitest';
import { type CudaProbe, chooseProvider, ProviderError } from '../../../server/models/provider.ts';

/** A machine on which CUDA runs; tests take away from it. CUDA's own absence forces the stand-in. */
const WORKS: CudaProbe = {
  isInstalled: () => true,
  explain: () => Promise.resolve(undefined),
  run: () => Promise.resolve(),
};
const LACKS_CUDNN: CudaProbe = {
  ...WORKS,
  explain: () => Promise.resolve('libcudnn.so.9 not found: install cuDNN 9'),
  run: () => Promise.reject(new Error('OrtSessionOptionsAppend: Failed to load shared library')),
};
const NOT_INSTALLED: CudaProbe = {
  isInstalled: () => false,
  explain: () => Promise.resolve('libonnxruntime_providers_cuda.so not installed'),
  run: () => Promise.reject(new Error('must not be tried')),
};
const NO_CARD: CudaProbe = {
  ...WORKS,
  run: () => Promise.reject(new Error('CUDA failure 100: no CUDA-capable device is detected\n')),
};

describe.each(['auto', 'cuda'] as const)('DM_EP=%s', (wanted) => {
  test.each([true, false])('takes CUDA where it works, strict %s', async (isStrict) => {
    expect(await chooseProvider({ wanted, isStrict }, WORKS)).toEqual({ provider: 'cuda' });
  });

  test.each([
    ['a missing library', LACKS_CUDNN, 'libcudnn.so.9 not found: install cuDNN 9'],
    ['no provider', NOT_INSTALLED, 'libonnxruntime_providers_cuda.so not installed'],
    ['no card', NO_CARD, 'CUDA failure 100: no CUDA-capable device is detected'],
  ])('falls back with the reason: %s', async (_name, probe, reason) => {
    expect(await chooseProvider({ wanted, isStrict: false }, probe)).toEqual({
      provider: 'cpu',
      reason,
    });
  });
});

test('strict refuses the fall-back of DM_EP=cuda with the fix, not that of auto', async () => {
  const refused = chooseProvider({ wanted: 'cuda', isStrict: true }, LACKS_CUDNN);
  await expect(refused).rejects.toThrow(ProviderError);
  await expect(refused).rejects.toThrow(/libcudnn\.so\.9 .*install cuDNN 9.*DM_EP_STRICT=false/);
  const auto = await chooseProvider({ wanted: 'auto', isStrict: true }, LACKS_CUDNN);
  expect(auto.provider).toBe('cpu');
});

test('DM_EP=cpu asks nothing about CUDA', async () => {
  const probe = { ...NOT_INSTALLED, explain: () => Promise.reject(new Error('must not be asked')) };
  const choice = await chooseProvider({ wanted: 'cpu', isStrict: true }, probe);
  expect(choice).toEqual({ provider: 'cpu' });
});
