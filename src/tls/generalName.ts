import { isUtf8 } from 'node:buffer';
import {
  bufferOf,
  bytesOf,
  child,
  children,
  DerType,
  isContext,
  isUniversal,
  oidOf,
  type Der,
} from './der.ts';
import { readDirectoryName, type DirectoryName } from './directoryName.ts';

/**
 * One of a certificate's names. Values are as written, one character a byte; an `ip` reads `10.0.0.1` or `fe80:0:0:0:0:0:0:1`, and an
 * `other` has the kind of name instead of a value.
 */
export type GeneralName =
  | { readonly type: 'uri' | 'dns' | 'email' | 'upn' | 'other'; readonly value: string }
  | { readonly type: 'ip'; readonly value: string; readonly bytes: Buffer }
  | { readonly type: 'directory'; readonly value: string; readonly name: DirectoryName };

export const USER_PRINCIPAL_NAME = '1.3.6.1.4.1.311.20.2.3';

const TEXT_NAMES = [
  [1, 'email'],
  [2, 'dns'],
  [6, 'uri'],
] as const;

/** @throws Error if the node is no GeneralName */
export function readGeneralName(node: Der): GeneralName {
  for (const [tag, type] of TEXT_NAMES) {
    if (isContext(node, tag)) return { type, value: bytesOf(node) };
  }
  if (isContext(node, 7)) return readAddress(bufferOf(node));
  if (isContext(node, 4)) {
    const name = readDirectoryName(child(node, 0));
    if (children(node).length !== 1) throw new Error('a name in a name is one');
    return {
      type: 'directory',
      value: name.attributes.map(({ type, value }) => `${type}=${value}`).join(','),
      name,
    };
  }
  if (isContext(node, 0)) return readOtherName(node);
  if ([3, 5, 8].some((tag) => isContext(node, tag)))
    return { type: 'other', value: `[${String(node.type)}]` };
  throw new Error('a kind of name that does not exist');
}

function readAddress(bytes: Buffer): GeneralName {
  if (bytes.length === 4) return { type: 'ip', value: [...bytes].join('.'), bytes };
  if (bytes.length !== 16) throw new Error('an IP address has 4 or 16 bytes');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return { type: 'ip', value: groups.join(':'), bytes };
}

function readOtherName(node: Der): GeneralName {
  const type = oidOf(child(node, 0));
  const wrapper = child(node, 1);
  if (!isContext(wrapper, 0) || children(node).length !== 2) throw new Error('an other name has a value');
  const value = child(wrapper, 0);
  if (type !== USER_PRINCIPAL_NAME || !isUniversal(value, DerType.UTF8))
    return { type: 'other', value: type };
  const raw = bufferOf(value);
  if (!isUtf8(raw)) throw new Error('a user principal name is no UTF-8');
  return { type: 'upn', value: raw.toString('utf8') };
}
