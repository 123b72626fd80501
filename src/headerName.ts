/**
 * One spelling for all that servers are known to confuse: `x-intune`, `X_Intune` and `x.intune` are folded to the same name. What a
 * proxy strips in one spelling can arrive in another.
 */
export function foldHeaderName(name: string): string {
  const lower = name.trim().toLowerCase();
  // Nearly all names are as they should be, and every header of every request passes here.
  return lower.includes('_') || lower.includes('.') ? lower.replace(/[_.]/g, '-') : lower;
}
