/** Thrown when an answer would cost more than one certificate may cost, and caught where the answer is given. */
export class TooComplexError extends Error {}

/** What one validation may spend, whatever certificates it is shown. */
export interface WorkBudget {
  /**
   * Before each signature that is verified or remembered from earlier: the answer must not depend on what was asked before. The same
   * pair of signed thing and key counts once.
   *
   * @throws TooComplexError when there were too many
   */
  spendSignature(pair: string): void;
  /** Before each step from a certificate to a possible issuer. @throws TooComplexError when there were too many */
  spendStep(): void;
  /** Before names are compared with constraints. @throws TooComplexError when there were too many */
  spendComparisons(count: number): void;
  /** Before policies are compared. @throws TooComplexError when there were too many */
  spendPolicies(count: number): void;
}

/** An RSA signature costs 40 µs to verify, one on P-384 half a millisecond. */
const MOST_SIGNATURES = 64;
const MOST_STEPS = 4_096;
const MOST_COMPARISONS = 65_536;
const MOST_POLICIES = 16_384;

export function createWorkBudget(): WorkBudget {
  const signatures = new Set<string>();
  let steps = 0;
  let comparisons = 0;
  let policies = 0;
  return {
    spendSignature(pair) {
      signatures.add(pair);
      if (signatures.size > MOST_SIGNATURES) throw new TooComplexError('too many signatures to verify');
    },
    spendStep() {
      steps += 1;
      if (steps > MOST_STEPS) throw new TooComplexError('too many ways from the certificate to an anchor');
    },
    spendComparisons(count) {
      comparisons += count;
      if (comparisons > MOST_COMPARISONS)
        throw new TooComplexError('too many names under too many constraints');
    },
    spendPolicies(count) {
      policies += count;
      if (policies > MOST_POLICIES) throw new TooComplexError('too many certificate policies');
    },
  };
}
