/**
 * Takes a Graph path apart: `/v1.0/deviceManagement/managedDevices('x')/detectedApps` gives
 * `['v1.0', 'deviceManagement', 'managedDevices', 'x', 'detectedApps']`. Both ways to write a key come out the same; a named key stays
 * named: `devices(deviceId='x')` gives `deviceId=x`. `undefined` if an escape is broken.
 */
export function parseGraphPath(pathname: string): string[] | undefined {
  try {
    return pathname
      .split('/')
      .slice(1)
      .map((segment) => decodeURIComponent(segment))
      .flatMap(splitKey)
      .filter((segment, index, all) => segment !== '' || index < all.length - 1);
  } catch {
    return undefined;
  }
}

function splitKey(segment: string): string[] {
  if (!segment.endsWith(')')) return [segment];
  const match = /^(\w+)\((?:(\w+)=)?'((?:[^']|'')*)'\)$/.exec(segment);
  if (match === null) return [segment];
  const [, name = '', keyName, key = ''] = match;
  const value = key.replaceAll("''", "'");
  return [name, keyName === undefined ? value : `${keyName}=${value}`];
}
