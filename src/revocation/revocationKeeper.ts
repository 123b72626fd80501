import type { Dispatcher } from 'undici';
import { GateError } from '../errors.ts';
import type { RevocationSource } from '../node/revocationSource.ts';
import type { Certificate } from '../tls/certificate.ts';
import { createRevocationCheck } from '../tls/revocation.ts';
import type { RevocationEvidence } from '../tls/revocationEvidence.ts';
import type { PathLink } from '../tls/revocationStatement.ts';
import { createWorkBudget, TooComplexError } from '../tls/workBudget.ts';
import { createBoundedFetch } from './boundedFetch.ts';
import type { Clock } from './keptItem.ts';
import { createListKeeper, type ListKeeper } from './listKeeper.ts';
import { createOcspKeeper, type OcspKeeper } from './ocspKeeper.ts';
import { parseAddress } from './allowedHosts.ts';
import { guardedObserver, type OnRevocationEvent } from './revocationEvent.ts';

export type { RevocationEvent } from './revocationEvent.ts';

export interface RevocationKeeperOptions {
  /** Revocation lists to fetch; undefined: none. */
  readonly crl?: {
    /** http or https. Fetched and kept fresh from the start. */
    readonly urls: readonly string[];
    /** `crl.example` or `crl.example:8080`: where lists are fetched from that certificates name. */
    readonly hosts: readonly string[];
    /** Largest list, bytes. Default 10 MiB. */
    readonly maxBytes?: number;
  };
  /** Responders to ask; undefined: none. */
  readonly ocsp?: {
    /** http or https. Asked about every certificate, in place of the responder it names. */
    readonly url?: string | undefined;
    /** Where responders are asked that certificates name. */
    readonly hosts: readonly string[];
    /** How long a response without nextUpdate is good, milliseconds. Default ten minutes. */
    readonly maxAgeMs?: number;
    /** Send a nonce and take no response without it. Default false, as most responders do not know it. */
    readonly nonce?: boolean;
  };
  /** The CAs whose lists are of use: anchors and intermediates. */
  readonly authorities: () => readonly Certificate[];
  /** Bound of one fetch. Default 3000. */
  readonly timeoutMs?: number;
  /** Fetches at once. Default 8. */
  readonly concurrency?: number;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
  /** 0 to below 1, for jitter. Default `Math.random`. */
  readonly random?: () => number;
  /** Default: a timer that does not keep the process alive. */
  readonly schedule?: Clock['schedule'];
  /** Replaces the network, for tests. Not closed by `close()`. */
  readonly dispatcher?: Dispatcher;
  readonly onEvent?: OnRevocationEvent;
}

export interface RevocationKeeper extends RevocationSource {
  /** Begins to fetch the lists of `crl.urls`; otherwise the first question does. Never rejects. */
  start(): Promise<void>;
  /** Ends timers and what is under way. Idempotent. */
  close(): Promise<void>;
}

const TIMEOUT_MS = 3_000;
const CONCURRENCY = 8;
const LIST_BYTES = 10_485_760;
const OCSP_AGE_MS = 600_000;

/**
 * Fetches revocation lists and OCSP responses, and keeps them fresh. What it hands out was signed by an authority when it came, and is
 * verified again by whoever uses it. Makes no request by itself before `start` or the first question.
 *
 * @throws GateError `configInvalid` if an address is none
 */
export function createRevocationKeeper(options: RevocationKeeperOptions): RevocationKeeper {
  const { crl, ocsp, timeoutMs = TIMEOUT_MS, concurrency = CONCURRENCY } = options;
  const { now = Date.now, random = Math.random, schedule = scheduleTimer } = options;
  const clock: Clock = { now, random, schedule };
  const http = createBoundedFetch({ timeoutMs, concurrency, dispatcher: options.dispatcher });
  const onEvent = guardedObserver(options.onEvent);
  const ocspMaxAgeMs = ocsp?.maxAgeMs ?? OCSP_AGE_MS;
  let version = 0;
  let isClosed = false;
  const grow = (): void => {
    version += 1;
  };

  const lists: ListKeeper | undefined =
    crl &&
    createListKeeper({
      urls: crl.urls.map(requireAddress),
      hosts: crl.hosts,
      maxBytes: crl.maxBytes ?? LIST_BYTES,
      authorities: options.authorities,
      http,
      clock,
      onChange: grow,
      onEvent,
    });
  const responses: OcspKeeper | undefined =
    ocsp &&
    createOcspKeeper({
      url: ocsp.url === undefined ? undefined : requireAddress(ocsp.url),
      hosts: ocsp.hosts,
      maxAgeMs: ocspMaxAgeMs,
      nonce: ocsp.nonce ?? false,
      http,
      clock,
      onRevoked: grow,
      onEvent,
    });

  const evidence: RevocationEvidence = {
    listsNamed: (issuerKey) => lists?.listsNamed(issuerKey) ?? [],
    responsesFor: (link) => responses?.responsesFor(link) ?? [],
  };
  const check = createRevocationCheck({
    lists: [],
    isComplete: true,
    crlPolicy: 'require',
    ocspPolicy: 'require',
    ocspMaxAgeMs,
  });

  function isAnswered(link: PathLink): boolean {
    try {
      const found = check.inquire(now(), createWorkBudget(), evidence).check(link);
      return !('reason' in found) || found.reason === 'revoked';
    } catch (error) {
      // More lists than anybody may verify at once: one more would not help.
      if (error instanceof TooComplexError) return true;
      throw error;
    }
  }

  /** From what is small and about this certificate alone to what is large, and no farther than needed. */
  async function seekOne(link: PathLink): Promise<void> {
    const ways = [
      () => responses?.ask(link),
      () => lists?.start(),
      ...(lists?.fetchesFor(link.certificate) ?? []),
    ];
    for (const way of ways) {
      await way();
      if (isClosed || isAnswered(link)) return;
    }
  }

  return {
    evidence,
    get version() {
      return version;
    },
    async start() {
      if (!isClosed) await lists?.start();
    },
    async seek(links, { signal, waitMs }) {
      if (isClosed || signal.aborted || !(waitMs > 0)) return;
      const sought = Promise.all(links.map(seekOne));
      let stopWaiting = (): void => undefined;
      const limit = new Promise<void>((resolve) => {
        stopWaiting = resolve;
      });
      const timer = setTimeout(stopWaiting, waitMs);
      signal.addEventListener('abort', stopWaiting);
      await Promise.race([sought, limit]).finally(() => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stopWaiting);
      });
    },
    async close() {
      isClosed = true;
      lists?.close();
      responses?.close();
      await http.close();
    },
  };
}

function requireAddress(text: string): URL {
  const url = parseAddress(text);
  if (url === undefined)
    throw new GateError('configInvalid', 'An address of revocation data is no http URL.');
  return url;
}

function scheduleTimer(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms).unref();
  return () => clearTimeout(timer);
}
