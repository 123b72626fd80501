import { defineConfig } from 'vitest/config';

/** What goes wrong around the gate, measured by the real clock: one file at a time, so that they do not disturb each other. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    setupFiles: ['test/support/seed.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { requireAssertions: true },
  },
});
