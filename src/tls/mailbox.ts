export interface Mailbox {
  /** Letter case counts here. */
  readonly local: string;
  /** Lower case. */
  readonly host: string;
}

/** Splits `local@host`. Quoted local parts, which may hold an `@`, and anything but ASCII are not read. */
export function mailboxOf(text: string): Mailbox | undefined {
  const match = /^([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@([A-Za-z0-9.-]{1,253})$/.exec(text);
  const [, local, host] = match ?? [];
  return local === undefined || host === undefined ? undefined : { local, host: host.toLowerCase() };
}
