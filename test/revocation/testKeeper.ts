import type { PathLink } from '../../src/tls/revocationStatement.ts';
import { createRevocationCheck } from '../../src/tls/revocation.ts';
import { createWorkBudget } from '../../src/tls/workBudget.ts';
import {
  createRevocationKeeper,
  type RevocationEvent,
  type RevocationKeeper,
  type RevocationKeeperOptions,
} from '../../src/revocation/revocationKeeper.ts';
import { mint, NOW, read, type Minted, type MintRequest } from '../support/certificateBuilder.ts';
import { explicit, implicit, oid, sequence } from '../support/derBuilder.ts';

export const SERIAL = '0badcafe';
export const issuer = mint({ subject: 'CN=Issuer', ca: true });

/** A device that names where lists are published and where a responder is. */
export function deviceOf(
  places: { readonly crl?: readonly string[]; readonly ocsp?: readonly string[] },
  request: Partial<MintRequest> = {},
): Minted {
  const uri = (address: string): Buffer => implicit(6, address);
  const { crl = [], ocsp = [] } = places;
  return mint({
    subject: 'CN=device',
    issuer,
    serial: SERIAL,
    extensions: [
      ...(crl.length === 0
        ? []
        : [
            {
              oid: '2.5.29.31',
              value: sequence(...crl.map((one) => sequence(explicit(0, explicit(0, uri(one)))))),
            },
          ]),
      ...(ocsp.length === 0
        ? []
        : [
            {
              oid: '1.3.6.1.5.5.7.1.1',
              value: sequence(...ocsp.map((one) => sequence(oid('1.3.6.1.5.5.7.48.1'), uri(one)))),
            },
          ]),
    ],
    ...request,
  });
}

export const linkOf = (device: Minted, by: Minted = issuer): PathLink => ({
  certificate: read(device),
  issuer: read(by),
});

export const derOf = (pem: string): Buffer =>
  Buffer.from(pem.replaceAll(/-----[A-Z0-9 ]+-----|\s/g, ''), 'base64');

/** A keeper whose time stands still, and whose timers ring when the test lets time go by. */
export interface TestKeeper extends RevocationKeeper {
  readonly events: readonly RevocationEvent[];
  /** Lets time go by, ringing timers on the way, and waits until all that rang is done. */
  pass(ms: number): Promise<void>;
  now(): number;
  /** Asks for evidence about links, and waits up to two seconds. */
  seekAll(...links: readonly PathLink[]): Promise<void>;
  /** What is then known about a link. */
  verdict(link: PathLink): 'good' | 'revoked' | 'unknown';
}

export function testKeeper(options: Partial<RevocationKeeperOptions>): TestKeeper {
  let time = NOW;
  const events: RevocationEvent[] = [];
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  const keeper = createRevocationKeeper({
    authorities: () => [read(issuer)],
    timeoutMs: 400,
    now: () => time,
    random: () => 0,
    schedule(ms, run) {
      const timer = { at: time + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    onEvent: (event) => events.push(event),
    ...options,
  });
  const check = createRevocationCheck({
    lists: [],
    isComplete: true,
    crlPolicy: 'require',
    ocspPolicy: 'require',
    ocspMaxAgeMs: 600_000,
  });
  return {
    events,
    evidence: keeper.evidence,
    get version() {
      return keeper.version;
    },
    start: () => keeper.start(),
    seek: (links, limits) => keeper.seek(links, limits),
    close: () => keeper.close(),
    now: () => time,
    async pass(ms) {
      const end = time + ms;
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
        if (next === undefined) break;
        timers.delete(next);
        time = Math.max(time, next.at);
        const before = events.length;
        next.run();
        // A timer either leads to one fetch, which ends with an event, or to none.
        for (let wait = 0; wait < 100 && events.length === before; wait += 1) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      time = end;
    },
    seekAll: (...links) => keeper.seek(links, { signal: new AbortController().signal, waitMs: 2_000 }),
    verdict(link) {
      const found = check.inquire(time, createWorkBudget(), keeper.evidence).check(link);
      if (!('reason' in found)) return 'good';
      return found.reason === 'revoked' ? 'revoked' : 'unknown';
    },
  };
}
