import { once } from 'node:events';
import { Client, type Dispatcher } from 'undici';
import { compliantDeviceId } from '../lab/devices.ts';
import type { LoadPlan, LoadResult } from './loadPlan.ts';

const REQUEST_LIMIT_MS = 60_000;
const COMPLIANT = Buffer.from('"outcome":"Compliant"');
const NOTHING = Buffer.alloc(0);

/** Keeps `connections` decisions in flight until the plan is fulfilled: who has an answer asks the next question. */
export async function closedLoop(plan: LoadPlan): Promise<LoadResult> {
  const { devices, order, most } = plan;
  const clients = Array.from(
    { length: plan.connections },
    () => new Client(plan.origin, { headersTimeout: REQUEST_LIMIT_MS, bodyTimeout: REQUEST_LIMIT_MS }),
  );
  if (plan.connectFirst === true) await connectAll(clients);
  const headers = ['authorization', `Bearer ${plan.apiKey}`, 'content-type', 'application/json'];
  const total = Math.min(most.requests, order === 'once' ? devices.count : Number.POSITIVE_INFINITY);
  const latencies = new Float64Array(Math.min(total, 4_000_000));
  const others: Record<string, number> = {};
  let begun = 0;
  let compliant = 0;
  let ended = 0;

  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const endAt = startedAt + most.seconds * 1000;
  await Promise.all(clients.map(drive));
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  await Promise.all(clients.map((client) => client.destroy()));
  return {
    requests: begun,
    compliant,
    others,
    seconds,
    latencyMs: percentiles(latencies.subarray(0, Math.min(ended, latencies.length))),
    generatorShare: (cpu.user + cpu.system) / 1e6 / seconds,
  };

  function requestOf(index: number): Dispatcher.DispatchOptions {
    const question = plan.questions?.[index % plan.questions.length];
    return question === undefined
      ? {
          method: 'POST',
          path: '/v1/decisions',
          headers,
          body: decisionBody(devices.first + (index % devices.count)),
        }
      : { method: 'GET', path: question.path, headers: [...question.headers] };
  }

  function drive(client: Client): Promise<void> {
    return new Promise((resolve) => {
      next();

      function next(): void {
        if (begun >= total || performance.now() >= endAt) {
          resolve();
          return;
        }
        const request = requestOf(begun);
        begun += 1;
        const sentAt = performance.now();
        client.dispatch(
          request,
          answerHandler(plan.questions === undefined ? COMPLIANT : NOTHING, (verdict) => {
            latencies[ended] = performance.now() - sentAt;
            ended += 1;
            if (verdict === 'compliant') compliant += 1;
            else others[verdict] = (others[verdict] ?? 0) + 1;
            next();
          }),
        );
      }
    });
  }
}

/** As a journey engine asks: the device in a header, the user in shared state. */
export function decisionBody(device: number): string {
  return `{"node":"default","request":{"headers":{"x-intune":["CN=${compliantDeviceId(device)}"]},"peerAddress":"10.0.0.7"},"sharedState":{"username":"acarter"}}`;
}

/** @param wanted - what the body of the right answer holds */
function answerHandler(wanted: Buffer, done: (verdict: string) => void): Dispatcher.DispatchHandler {
  let status = 0;
  const chunks: Buffer[] = [];
  return {
    onRequestStart() {
      // Nothing to prepare; undici wants the method to be there.
    },
    onResponseStart(_controller, statusCode) {
      status = statusCode;
    },
    onResponseData(_controller, chunk) {
      chunks.push(chunk);
    },
    onResponseEnd() {
      const [first] = chunks;
      const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
      if (status !== 200) done(`status ${status}`);
      else done(body.includes(wanted) ? 'compliant' : 'another outcome');
    },
    onResponseError(_controller, error) {
      done((error as NodeJS.ErrnoException).code ?? error.name);
    },
  };
}

/** In portions, as a listener's backlog is short. */
async function connectAll(clients: readonly Client[]): Promise<void> {
  for (let first = 0; first < clients.length; first += 200) {
    await Promise.all(
      clients.slice(first, first + 200).map(async (client) => {
        const connected = once(client, 'connect');
        const answer = await client.request({ method: 'GET', path: '/livez' });
        await answer.body.dump();
        await connected;
      }),
    );
  }
}

export function percentiles(latencies: Float64Array): LoadResult['latencyMs'] {
  const sorted = latencies.slice().sort();
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
