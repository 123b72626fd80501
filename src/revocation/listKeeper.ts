import { LRUCache } from 'lru-cache';
import type { Certificate } from '../tls/certificate.ts';
import { distributionPointUris } from '../tls/distributionPoints.ts';
import { pemBlocks } from '../tls/pem.ts';
import { isOfAnotherKey, readRevocationList, type RevocationList } from '../tls/revocationList.ts';
import { createAllowedHosts } from './allowedHosts.ts';
import type { BoundedFetch } from './boundedFetch.ts';
import { createKeptItem, type Clock, type KeptItem } from './keptItem.ts';
import { shownUrl, type OnRevocationEvent } from './revocationEvent.ts';

export interface ListKeeperOptions {
  /** Lists to have at hand always. */
  readonly urls: readonly URL[];
  /** Hosts from which lists are fetched that certificates name. */
  readonly hosts: readonly string[];
  /** Largest list, bytes. */
  readonly maxBytes: number;
  /** Whose lists are of use. */
  readonly authorities: () => readonly Certificate[];
  readonly http: BoundedFetch;
  readonly clock: Clock;
  /** Called when there is another list than before. */
  readonly onChange: () => void;
  readonly onEvent: OnRevocationEvent;
}

export interface ListKeeper {
  listsNamed(issuerKey: string): readonly RevocationList[];
  /** Begins to fetch the lists that are always at hand. */
  start(): Promise<void>;
  /** What a certificate's own distribution points lead to: one fetch for each allowed address, in the certificate's order. */
  fetchesFor(certificate: Certificate): readonly (() => Promise<void>)[];
  close(): void;
}

type KeptList = KeptItem<RevocationList>;

/** Real certificates have one or two. */
const MOST_POINTS = 4;
/** Bytes of the lists that certificates named, all together. */
const NAMED_LISTS_BYTES = 67_108_864;
const MOST_NAMED_LISTS = 256;
const SEQUENCE = 0x30;

/** Fetches revocation lists and keeps them fresh. Only a list that helps replaces another: signed by an authority, current, not older. */
export function createListKeeper(options: ListKeeperOptions): ListKeeper {
  const { maxBytes, authorities, http, clock, onChange, onEvent } = options;
  const allow = createAllowedHosts(options.hosts);
  const configured = options.urls.map((url) => keep(url, true));
  const named = new LRUCache<string, KeptList>({
    max: MOST_NAMED_LISTS,
    maxSize: Math.max(NAMED_LISTS_BYTES, maxBytes),
    noDisposeOnSet: true,
    dispose: (list) => list.stop(),
  });

  function keep(url: URL, isPinned: boolean): KeptList {
    const kept = createKeptItem<RevocationList>({
      isPinned,
      clock,
      lifeOf: ({ thisUpdate, nextUpdate = 0 }) => ({ from: thisUpdate, until: nextUpdate }),
      async load(held) {
        const startedAt = clock.now();
        const fetched = await http.fetch({ url, maxBytes });
        const list = fetched.ok ? findList(fetched.bytes, held) : fetched.detail;
        const facts = { kind: 'crl', url: shownUrl(url), durationMs: clock.now() - startedAt } as const;
        if (typeof list === 'string') {
          onEvent({ type: 'failed', ...facts, detail: list });
          return undefined;
        }
        onEvent({ type: held === undefined ? 'fetched' : 'refreshed', ...facts });
        // One and the same list keeps the signatures that were verified on it.
        return held?.sha256 === list.sha256 ? held : list;
      },
      onValue(list, before) {
        if (list === before) return;
        if (named.has(url.href)) named.set(url.href, kept, { size: list.bytes });
        onChange();
      },
    });
    return kept;
  }

  /** @returns what is wrong with it, if it is of no use */
  function findList(bytes: Buffer, held: RevocationList | undefined): RevocationList | string {
    // CAs publish DER; some write PEM all the same.
    const der = bytes[0] === SEQUENCE ? bytes : pemBlocks(bytes.toString('latin1'), 'X509 CRL')[0];
    const list = der === undefined ? undefined : readRevocationList(der);
    if (list === undefined) return 'what came is no revocation list';
    if (list.unusable !== undefined) return `the list cannot be used: ${list.unusable}`;
    if (list.nextUpdate === undefined || list.nextUpdate <= clock.now()) return 'the list is out of date';
    if (list.thisUpdate > clock.now()) return 'the list is not valid yet';
    if (held !== undefined && list.thisUpdate < held.thisUpdate)
      return 'the list is older than the one at hand';
    return isSigned(list) ? list : 'the list is signed by no configured CA';
  }

  function isSigned(list: RevocationList): boolean {
    return authorities().some(
      (authority) =>
        authority.subjectName.key === list.issuerKey &&
        !isOfAnotherKey(list, authority) &&
        authority.keyUsage?.has('cRLSign') !== false &&
        list.isSignedBy(authority.x509.publicKey),
    );
  }

  function keepNamed(url: URL): KeptList {
    const known = named.get(url.href);
    if (known !== undefined) return known;
    const kept = keep(url, false);
    named.set(url.href, kept, { size: 1 });
    return kept;
  }

  return {
    listsNamed: (issuerKey) =>
      [...configured, ...named.values()].flatMap((kept) => {
        if (kept.peek()?.issuerKey !== issuerKey) return [];
        return kept.use() ?? [];
      }),
    async start() {
      await Promise.all(configured.map((kept) => kept.ask()));
    },
    fetchesFor: (certificate) =>
      distributionPointUris(certificate)
        .flatMap((address) => allow(address) ?? [])
        .slice(0, MOST_POINTS)
        .map((url) => () => keepNamed(url).ask()),
    close() {
      for (const kept of configured) kept.stop();
      named.clear();
    },
  };
}
