export const LONGEST_PASSWORD_BYTES = 1_024;

/** Whether a password is worth a check. One that is empty, too long or holds a NUL never is: some directories take them for no password. */
export function mayBePassword(password: string): boolean {
  return (
    password !== '' &&
    password.length <= LONGEST_PASSWORD_BYTES &&
    Buffer.byteLength(password) <= LONGEST_PASSWORD_BYTES &&
    !password.includes('\0')
  );
}
