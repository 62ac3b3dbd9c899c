import { defineConfig } from 'vitest/config';

const shared = {
  // A suite that was switched off must not pass for one that ran.
  allowOnly: false,
  testTimeout: 60_000,
  hookTimeout: 120_000,
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts'],
          exclude: ['packages/console/**'],
        },
      },
      {
        test: {
          ...shared,
          name: 'console',
          include: ['packages/console/src/**/*.test.{ts,tsx}'],
          environment: 'happy-dom',
        },
      },
      {
        test: {
          ...shared,
          name: 'wire',
          include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
          // Real servers and databases share two cores: more files at once only wait for each other.
          maxWorkers: 2,
        },
      },
    ],
  },
});
