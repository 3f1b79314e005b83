import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/**/*.test.ts'],
    // Native addons (TensorFlow, onnxruntime, sharp) are safest one process a file.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
});
