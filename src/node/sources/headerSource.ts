import type { DeviceIdKind } from '../deviceId.ts';
import { NOTHING_FOUND, refused, type ImmediateSource } from '../deviceIdSource.ts';
import { parsePresentedId } from '../presentedId.ts';
import { takeSingleHeader } from '../singleHeader.ts';
import { createTrustedHop, type TrustedHopOptions } from '../trustedHop.ts';

export interface HeaderSourceOptions extends TrustedHopOptions {
  /** Header that holds a GUID or a subject name; Ping's default is `x-intune`. */
  readonly name: string;
  readonly idKind: DeviceIdKind;
}

/** The device id in a request header, as a proxy writes it from the client certificate's subject. */
export function createHeaderSource(options: HeaderSourceOptions): ImmediateSource {
  const isTrusted = createTrustedHop(options);
  return {
    kind: 'header',
    label: `header ${options.name}`,
    find(context) {
      const header = takeSingleHeader(context.headers, options.name);
      if (header.is === 'absent') return NOTHING_FOUND;
      if (header.is === 'spoofed') return refused('headerSpoofed', header.detail);
      const presented = parsePresentedId(header.value);
      if (presented.is === 'absent') return NOTHING_FOUND;
      if (!isTrusted(context))
        return refused('hopNotTrusted', `this caller may not supply the header ${options.name}`);
      return presented.is === 'malformed'
        ? refused('deviceIdMalformed', `in the header ${options.name}: ${presented.detail}`)
        : { found: 'ids', ids: [{ id: presented.id, kind: options.idKind, source: 'header' }] };
    },
  };
}
