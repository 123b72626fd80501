import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { ocspUris } from '../tls/authorityAccess.ts';
import { judgeOcspResponse } from '../tls/judgeOcspResponse.ts';
import { namesCertificate } from '../tls/ocspCertId.ts';
import { encodeOcspRequest } from '../tls/ocspRequest.ts';
import {
  isNonceOf,
  LARGEST_OCSP_RESPONSE,
  readOcspResponse,
  type OcspResponse,
} from '../tls/ocspResponse.ts';
import type { PathLink, RevocationStatement } from '../tls/revocationStatement.ts';
import { createWorkBudget } from '../tls/workBudget.ts';
import { createAllowedHosts } from './allowedHosts.ts';
import type { BoundedFetch } from './boundedFetch.ts';
import { createKeptItem, FAILURE_PAUSE_MS, type Clock, type KeptItem, type Life } from './keptItem.ts';
import { shownUrl, type OnRevocationEvent } from './revocationEvent.ts';

export interface OcspKeeperOptions {
  /** The responder to ask about every certificate; undefined: whom the certificate names. */
  readonly url: URL | undefined;
  /** Hosts of responders that are asked because a certificate names them. */
  readonly hosts: readonly string[];
  /** How long an answer without nextUpdate is good, milliseconds. */
  readonly maxAgeMs: number;
  /** Send a nonce and take no response without it. */
  readonly nonce: boolean;
  readonly http: BoundedFetch;
  readonly clock: Clock;
  /** Called when a certificate turns out to be revoked. */
  readonly onRevoked: () => void;
  readonly onEvent: OnRevocationEvent;
}

export interface OcspKeeper {
  responsesFor(link: PathLink): readonly OcspResponse[];
  /** Asks about the certificate, unless a current answer is at hand. */
  ask(link: PathLink): Promise<void>;
  close(): void;
}

/** A response that says "good" or "revoked" and was current when it came. */
interface Answer {
  readonly response: OcspResponse;
  readonly isRevoked: boolean;
  readonly life: Life;
}

const MOST_ANSWERS = 5_000;
const MOST_SILENT = 256;
const NONCE_BYTES = 32;

/** Asks OCSP responders and keeps their answers fresh for devices that are still seen. */
export function createOcspKeeper(options: OcspKeeperOptions): OcspKeeper {
  const { maxAgeMs, http, clock, onRevoked, onEvent } = options;
  const allow = createAllowedHosts(options.hosts);
  const answers = new LRUCache<string, KeptItem<Answer>>({
    max: MOST_ANSWERS,
    dispose: (answer) => answer.stop(),
  });
  /** Responders from which nothing came at all, and until when they are left alone: each device would have to wait for them. */
  const silentUntil = new LRUCache<string, number>({ max: MOST_SILENT });

  function keep(link: PathLink): KeptItem<Answer> {
    return createKeptItem<Answer>({
      isPinned: false,
      clock,
      lifeOf: ({ life }) => life,
      async load(held) {
        for (const url of addressesOf(link)) {
          const answer = await askResponder(url, link, held);
          if (answer !== undefined) return answer;
        }
        return undefined;
      },
      onValue(answer, before) {
        if (answer.isRevoked && before?.isRevoked !== true) onRevoked();
      },
    });
  }

  function addressesOf({ certificate }: PathLink): readonly URL[] {
    return options.url === undefined
      ? ocspUris(certificate).flatMap((address) => allow(address) ?? [])
      : [options.url];
  }

  async function askResponder(
    url: URL,
    link: PathLink,
    held: Answer | undefined,
  ): Promise<Answer | undefined> {
    const startedAt = clock.now();
    if (startedAt < (silentUntil.get(url.href) ?? startedAt)) return undefined;
    const nonce = options.nonce ? randomBytes(NONCE_BYTES) : undefined;
    const bytes = encodeOcspRequest(link, nonce === undefined ? {} : { nonce });
    const fetched = await http.fetch({
      url,
      body: { type: 'application/ocsp-request', bytes },
      maxBytes: LARGEST_OCSP_RESPONSE,
    });
    if (!fetched.ok && fetched.isSilent) silentUntil.set(url.href, clock.now() + FAILURE_PAUSE_MS);
    const found = fetched.ok ? findAnswer(fetched.bytes, link, nonce, held) : fetched.detail;
    const facts = {
      kind: 'ocsp',
      url: shownUrl(url),
      serial: link.certificate.serialHex,
      durationMs: clock.now() - startedAt,
    } as const;
    if (typeof found === 'string') {
      onEvent({ type: 'failed', ...facts, detail: found });
      return undefined;
    }
    onEvent({ type: held === undefined ? 'fetched' : 'refreshed', ...facts });
    return found;
  }

  /** @returns what is wrong with it, if it is of no use */
  function findAnswer(
    bytes: Buffer,
    link: PathLink,
    nonce: Buffer | undefined,
    held: Answer | undefined,
  ): Answer | string {
    const response = readOcspResponse(bytes);
    if (response === undefined) return 'what came is no OCSP response';
    if (nonce !== undefined && response.unusable === undefined && !isNonceOf(response, nonce)) {
      return 'the response was not made for this request (nonce)';
    }
    const judge = { at: clock.now(), budget: createWorkBudget(), maxAgeMs };
    const { statement } = judgeOcspResponse(response, link, judge);
    if (statement.is === 'missing') return statement.detail;
    if (statement.is === 'revoked' && !statement.isCurrent) return 'the OCSP response is not current';
    const life = lifeOf(response, link, statement);
    return held !== undefined && life.from < held.life.from
      ? 'the response is older than the one at hand'
      : { response, isRevoked: statement.is === 'revoked', life };
  }

  function lifeOf(response: OcspResponse, link: PathLink, statement: RevocationStatement): Life {
    const about = response.answers.filter(({ id }) => namesCertificate(id, link));
    const from = Math.max(...about.map(({ thisUpdate }) => thisUpdate));
    const until = Math.min(...about.map(({ nextUpdate }) => nextUpdate ?? from + maxAgeMs));
    return { from, until: statement.is === 'good' ? statement.validUntil + 1 : until };
  }

  return {
    responsesFor(link) {
      const answer = answers.get(keyOf(link))?.use();
      return answer === undefined ? [] : [answer.response];
    },
    async ask(link) {
      if (addressesOf(link).length === 0) return;
      const key = keyOf(link);
      const answer = answers.get(key) ?? keep(link);
      answers.set(key, answer);
      await answer.ask();
    },
    close: () => answers.clear(),
  };
}

/** The issuer's key and name, and the serial number: what a response names a certificate by. */
function keyOf({ certificate, issuer }: PathLink): string {
  return `${issuer.publicKey.sha256} ${certificate.issuerName.key} ${certificate.serialHex}`;
}
