import type { DeviceIdKind } from '../deviceId.ts';
import { NOTHING_FOUND, refused, type ImmediateSource } from '../deviceIdSource.ts';
import { parsePresentedId } from '../presentedId.ts';
import { createTrustedHop, type TrustedHopOptions } from '../trustedHop.ts';

export interface SharedStateSourceOptions extends TrustedHopOptions {
  /** Key of the entry; case-sensitive, as state keys are. */
  readonly key: string;
  readonly idKind: DeviceIdKind;
}

/** The device id in the journey's shared state, put there by an earlier node. */
export function createSharedStateSource(options: SharedStateSourceOptions): ImmediateSource {
  const isTrusted = createTrustedHop(options);
  return {
    kind: 'sharedState',
    label: `shared state ${options.key}`,
    find(context) {
      const value = Object.hasOwn(context.sharedState, options.key)
        ? context.sharedState[options.key]
        : undefined;
      const presented = parsePresentedId(value);
      if (presented.is === 'absent') return NOTHING_FOUND;
      if (!isTrusted(context))
        return refused('hopNotTrusted', `this caller may not supply the entry ${options.key}`);
      return presented.is === 'malformed'
        ? refused('deviceIdMalformed', `in shared state ${options.key}: ${presented.detail}`)
        : { found: 'ids', ids: [{ id: presented.id, kind: options.idKind, source: 'sharedState' }] };
    },
  };
}
