/** A status as a label: its class, `none` if no answer came, `other` for what is no HTTP status. */
export function statusClass(status: number | undefined): string {
  if (status === undefined) return 'none';
  return status >= 100 && status < 600 ? `${Math.floor(status / 100)}xx` : 'other';
}
