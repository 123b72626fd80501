/** Header names that servers are known to confuse (`x-intune`, `X_Intune`, `x.intune`) have the same folded name. */
export function foldHeaderName(name: string): string {
  return name.toLowerCase().replace(/[_.]/g, '-');
}
