import { defineConfig } from 'vitest/config';

/** What needs more than npm brings: real proxies (CONTRIBUTING.md). */
export default defineConfig({
  test: {
    include: ['test/full/**/*.test.ts'],
    setupFiles: ['test/support/seed.ts'],
    // One proxy at a time: each file starts servers of its own.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { requireAssertions: true },
  },
});
