/**
 * One spelling for all that servers are known to confuse: `x-intune`, `X_Intune` and `x.intune` are folded to the same name. What a
 * proxy strips in one spelling can arrive in another.
 */
export function foldHeaderName(name: string): string {
  return name.trim().toLowerCase().replace(/[_.]/g, '-');
}
