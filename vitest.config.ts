import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    // A suite that was switched off must not pass for one that ran.
    allowOnly: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
