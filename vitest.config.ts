import { defineConfig } from 'vitest/config';

/** `vitest run --mode soak`: the same tests with their full counts (`test/support/soak.ts`). */
export default defineConfig(({ mode }) => ({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: process.env['NO_BUILD'] ? [] : ['test/support/build.ts'],
    // Its default leaves one core to itself, which on two is half of them.
    maxWorkers: '100%',
    // A process for each of 241 files would load the same modules as often: two minutes more.
    isolate: false,
    testTimeout: mode === 'soak' ? 3 * 60 * 60_000 : 30_000,
    hookTimeout: 60_000,
    // What is waited for comes in a moment, unless the machine is busy.
    expect: { poll: { timeout: 10_000, interval: 20 } },
    reporters: process.env['CI'] ? ['default'] : ['dot'],
    provide: {
      soak: mode === 'soak',
      seed: process.env['SEED'] ?? null,
      tallies: process.env['TALLIES'] ?? null,
    },
  },
}));
