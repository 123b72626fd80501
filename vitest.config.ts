import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What needs more than npm brings: npm run test:full. What needs the real clock and the machine for itself: npm run test:faults.
    exclude: ['test/full/**', 'test/faults/**', 'node_modules/**'],
    benchmark: { include: ['bench/micro/**/*.bench.ts'] },
    setupFiles: ['test/support/seed.ts'],
    // By default one core is left idle, which is half of a small machine.
    maxWorkers: '100%',
    testTimeout: 40_000,
    hookTimeout: 30_000,
    expect: { requireAssertions: true },
  },
});
