import type { DeviceIdKind } from '../deviceId.ts';
import { NOTHING_FOUND, refused, type ImmediateSource } from '../deviceIdSource.ts';
import { parsePresentedId } from '../presentedId.ts';

/** A device id that the person at the command line names. It replaces the configured sources; there is no hop to trust. */
export function createOperatorSource(value: string, idKind: DeviceIdKind): ImmediateSource {
  const presented = parsePresentedId(value);
  return {
    kind: 'operator',
    label: 'device id from the command line',
    find() {
      switch (presented.is) {
        case 'absent':
          return NOTHING_FOUND;
        case 'malformed':
          return refused('deviceIdMalformed', presented.detail);
        case 'id':
          return { found: 'ids', ids: [{ id: presented.id, kind: idKind, source: 'operator' }] };
      }
    },
  };
}
