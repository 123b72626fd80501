import * as fc from 'fast-check';

/**
 * Checks a property for exactly so many cases and returns how many were really run, so that a test can prove its number.
 */
export function countedAssert<T>(
  numRuns: number,
  arbitrary: fc.Arbitrary<T>,
  holds: (value: T) => void,
): number {
  let runs = 0;
  fc.assert(
    fc.property(arbitrary, (value) => {
      holds(value);
      runs += 1;
    }),
    { numRuns },
  );
  return runs;
}

/** The same for a property that has to be waited for. */
export async function countedAssertAsync<T>(
  numRuns: number,
  arbitrary: fc.Arbitrary<T>,
  holds: (value: T) => Promise<void>,
): Promise<number> {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(arbitrary, async (value) => {
      await holds(value);
      runs += 1;
    }),
    { numRuns },
  );
  return runs;
}
