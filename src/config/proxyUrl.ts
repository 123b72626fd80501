/** Does the URL name somebody, with or without a password? */
export function holdsUserInfo({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}

/** Nothing behind host and port: a proxy is an address, and the HTTP client takes no other. */
export function isBareUrl({ pathname, search, hash }: URL): boolean {
  return pathname === '/' && search === '' && hash === '';
}
