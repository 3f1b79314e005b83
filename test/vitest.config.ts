import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ClosingLine } from './support/closing-line.ts';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/**/*.test.ts'],
    setupFiles: 'test/support/deterministic.ts',
    globalSetup: 'test/support/native-setup.ts',
    reporters: ['default', new ClosingLine()],
    // Native addons (TensorFlow, onnxruntime, sharp) are safest one process a file.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // On a busy machine a process may take seconds to start or end.
    expect: { poll: { timeout: 20_000 } },
  },
});
