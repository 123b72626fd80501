import type { Socket } from 'node:net';
import { Client, type Filter } from 'ldapts';
import type { LdapSettings } from './ldapSettings.ts';
import { openSocket } from './openSocket.ts';

/** One connection to the directory. It is never opened a second time: a password sent after a break would go who knows where. */
export interface LdapSession {
  /** @throws the result codes of `ldapts`, or Error if the connection fails */
  bind(dn: string, password: string): Promise<void>;
  search(filter: Filter, attributes: readonly string[]): Promise<readonly LdapEntry[]>;
}

export interface LdapEntry {
  readonly dn: string;
  /** Values of an attribute, as text; `objectGUID` and other binary ones as hex. Empty if there is none. */
  valuesOf(attribute: string): readonly string[];
}

const BINARY_ATTRIBUTES = ['objectGUID', 'objectSid'];

export function isBinaryAttribute(attribute: string): boolean {
  return BINARY_ATTRIBUTES.some((binary) => binary.toLowerCase() === attribute.toLowerCase());
}

/** More than an entry or two can need. */
const MOST_BYTES = 4_194_304;

/** Opens a session for as long as `use` lasts. Referrals are not followed. */
export async function withLdapSession<T>(
  settings: LdapSettings,
  signal: AbortSignal,
  use: (session: LdapSession) => Promise<T>,
): Promise<T> {
  const socket = await openSocket(settings, signal);
  let isTaken = false;
  const client = new Client({
    // The connection is there already; the client needs an address nevertheless.
    url: 'ldap://directory',
    createConnection: (): Socket => {
      if (isTaken) throw new Error('the directory closed the connection');
      isTaken = true;
      return socket;
    },
  });
  socket.on('data', () => {
    if (socket.bytesRead > MOST_BYTES) socket.destroy(new Error('the directory sends too much'));
  });
  try {
    return await use({
      bind: (dn, password) => client.bind(dn, password),
      async search(filter, attributes) {
        const { searchEntries } = await client.search(settings.baseDn, {
          scope: 'sub',
          derefAliases: 'never',
          filter,
          attributes: [...attributes],
          explicitBufferAttributes: BINARY_ATTRIBUTES,
          // Two are one too many already.
          sizeLimit: 2,
        });
        return searchEntries.map(({ dn, ...values }) => ({
          dn,
          valuesOf: (attribute) => textsOf(values, attribute),
        }));
      },
    });
  } finally {
    await client.unbind().catch(() => undefined);
    socket.destroy();
  }
}

/** Names of attributes are the same in any case, and directories answer in theirs. */
function textsOf(values: Readonly<Record<string, unknown>>, attribute: string): readonly string[] {
  const wanted = attribute.toLowerCase();
  const [, value] = Object.entries(values).find(([name]) => name.toLowerCase() === wanted) ?? [];
  return [value].flat().flatMap((one) => {
    if (typeof one === 'string') return one === '' ? [] : [one];
    return Buffer.isBuffer(one) && one.length > 0 ? [one.toString('hex')] : [];
  });
}
