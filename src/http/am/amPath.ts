/** A path below `/json` or `/oauth2`, taken apart. */
export interface AmPath {
  /** As AM writes realms: `/`, `/alpha`, `/alpha/beta`. Undefined if the path names none, which is the top realm. */
  readonly realm: string | undefined;
  /** What follows the realm, without slashes around it, e.g. `sessions`. */
  readonly resource: string;
}

const SEGMENT = /^[A-Za-z0-9._~ -]{1,100}$/;

/**
 * Pure: `realms/root/realms/alpha/authenticate` is `authenticate` in `/alpha`. A slash at the end changes nothing.
 *
 * @param path - what follows the prefix, without its slash, as the client wrote it
 * @returns undefined for a path that cannot be decoded, or names a realm that could not exist
 */
export function parseAmPath(path: string): AmPath | undefined {
  const segments = decode(path);
  if (segments === undefined) return undefined;
  if (segments[0] !== 'realms') return { realm: undefined, resource: segments.join('/') };
  const realm: string[] = [];
  let position = 0;
  for (; segments[position] === 'realms'; position += 2) {
    const name = segments[position + 1];
    if (name === undefined || !SEGMENT.test(name)) return undefined;
    realm.push(name);
  }
  if (realm[0] !== 'root') return undefined;
  return { realm: `/${realm.slice(1).join('/')}`, resource: segments.slice(position).join('/') };
}

/** The path AM clients use for a realm: `realms/root/realms/alpha`. */
export function realmPath(realm: string): string {
  const names = realm.split('/').filter((name) => name !== '');
  return ['root', ...names].map((name) => `realms/${encodeURIComponent(name)}`).join('/');
}

function decode(path: string): readonly string[] | undefined {
  try {
    return path.replace(/\/$/, '').split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
