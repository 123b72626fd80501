import { Pool } from 'undici';
import { API_KEY } from '../../cli/gateFolder.ts';

/** What of a decision a client looks at. */
export interface Answer {
  readonly outcome: string;
  readonly reason: string;
  readonly evidence: { readonly source: string | null };
}

/** Spreads decisions over replicas as a small client would: in turns, and not to one that did not answer a moment ago. */
export interface Balancer {
  /** Undefined: the replica went away while the call was under way. A replica that cannot be reached costs nothing. */
  decide(deviceId: string): Promise<Answer | undefined>;
  /** For each time a replica went away: the calls under way there at that moment. */
  readonly underWayAtLoss: readonly number[];
  close(): Promise<void>;
}

interface Backend {
  readonly pool: Pool;
  readonly underWay: Set<object>;
  /** Not asked before this time, by `performance.now()`. */
  awayUntil: number;
}

const AWAY_MS = 300;
const NOBODY_THERE = new Set(['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT']);

export function createBalancer(origins: readonly string[], connections: number): Balancer {
  const backends = origins.map((origin): Backend => {
    const pool = new Pool(origin, { connections, headersTimeout: 20_000, bodyTimeout: 20_000 });
    return { pool, underWay: new Set(), awayUntil: 0 };
  });
  const underWayAtLoss: number[] = [];
  let turn = 0;

  const next = (): Backend | undefined => {
    for (const _ of backends) {
      const backend = backends[(turn += 1) % backends.length];
      if (backend !== undefined && backend.awayUntil <= performance.now()) return backend;
    }
    return undefined;
  };

  return {
    underWayAtLoss,
    async decide(deviceId) {
      for (;;) {
        const backend = next();
        if (backend === undefined) {
          await new Promise((resolve) => setTimeout(resolve, 10));
          continue;
        }
        const call = {};
        backend.underWay.add(call);
        try {
          const answer = await backend.pool.request({
            method: 'POST',
            path: '/v1/decisions',
            headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
            body: JSON.stringify({ request: { headers: { 'x-intune': [`CN=${deviceId}`] } } }),
          });
          return (await answer.body.json()) as Answer;
        } catch (error) {
          const isFirst = backend.awayUntil <= performance.now();
          const refused = NOBODY_THERE.has((error as NodeJS.ErrnoException).code ?? '');
          if (isFirst && !refused) underWayAtLoss.push(backend.underWay.size);
          backend.awayUntil = performance.now() + AWAY_MS;
          if (!refused) return undefined;
        } finally {
          backend.underWay.delete(call);
        }
      }
    },
    async close() {
      await Promise.all(backends.map(({ pool }) => pool.destroy()));
    },
  };
}
