/** Inputs that once failed: the target, what was wrong, and the input in base64. */
export const KEPT_INPUTS: readonly (readonly [target: string, why: string, input: string])[] = [];
