import { isDeepStrictEqual } from 'node:util';
import type { DeviceIdSetup } from './config/gateConfig.ts';
import type { Logger } from './http/logging.ts';
import {
  createRevocationKeeper,
  type RevocationEvent,
  type RevocationKeeper,
} from './revocation/revocationKeeper.ts';
import { readAuthorities } from './tls/certificateTrust.ts';

/** Those who fetch revocation data. Each source has its own: what one fetches crowds out nothing of another. */
export interface RevocationParts {
  /** What is in use, with the settings it was made from. */
  readonly keepers: ReadonlyMap<RevocationKeeper, object>;
  /** The keeper of one source; undefined if it is to ask nobody. */
  readonly keeperFor: (
    source: Pick<Extract<DeviceIdSetup, { trust: unknown }>, 'trust' | 'revocation'>,
  ) => RevocationKeeper | undefined;
}

export interface ComposeRevocationOptions {
  readonly logger: Logger;
  readonly now: () => number;
  /** Keepers that are taken over with what they know, where the settings are the same. */
  readonly former: RevocationParts | undefined;
}

export function composeRevocation({ logger, now, former }: ComposeRevocationOptions): RevocationParts {
  const keepers = new Map<RevocationKeeper, object>();

  function takeOver(settings: object): RevocationKeeper | undefined {
    const free = [...(former?.keepers ?? [])].filter(([keeper]) => !keepers.has(keeper));
    return free.find(([, its]) => isDeepStrictEqual(its, settings))?.[0];
  }

  return {
    keepers,
    keeperFor({ trust: { anchors, intermediates }, revocation }) {
      if (revocation.crl === undefined && revocation.ocsp === undefined) return undefined;
      const settings = { ...revocation, anchors, intermediates };
      const authorities = [...anchors, ...intermediates].flatMap(readAuthorities);
      const keeper =
        takeOver(settings) ??
        createRevocationKeeper({
          ...revocation,
          authorities: () => authorities,
          now,
          onEvent: (event) => logRevocationEvent(logger, event),
        });
      keepers.set(keeper, settings);
      return keeper;
    },
  };
}

/** What was fetched is for those who look closely; what could not be had may close the door to devices. */
function logRevocationEvent(logger: Logger, { type, ...facts }: RevocationEvent): void {
  if (type === 'failed') logger.warn(facts, 'no revocation data');
  else logger.debug(facts, `revocation data ${type}`);
}
