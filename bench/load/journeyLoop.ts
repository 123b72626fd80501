import { Client } from 'undici';
import { decodeBase32 } from '../../src/identity/oath/base32.ts';
import { oathCode } from '../../src/identity/oath/oathCode.ts';
import { compliantDeviceId } from '../lab/devices.ts';
import { percentiles } from './closedLoop.ts';
import type { JourneyLoad, LoadPlan, LoadResult } from './loadPlan.ts';

const REQUEST_LIMIT_MS = 60_000;

/** A step of the protocol, as far as it is looked at. */
interface Step {
  readonly authId?: string;
  readonly tokenId?: string;
  readonly callbacks?: readonly { readonly input?: readonly { value: unknown }[] }[];
}

/**
 * Keeps `connections` journeys under way until the plan is fulfilled: start, name and password, one-time code. Every person signs in
 * once, since a code works once. Each step is one request of the result.
 */
export async function journeyLoop(plan: LoadPlan, journey: JourneyLoad): Promise<LoadResult> {
  const clients = Array.from(
    { length: plan.connections },
    () => new Client(plan.origin, { headersTimeout: REQUEST_LIMIT_MS, bodyTimeout: REQUEST_LIMIT_MS }),
  );
  const secret = decodeBase32(journey.totpSecret) ?? new Uint8Array();
  const latencies: number[] = [];
  const others: Record<string, number> = {};
  let begun = 0;
  let right = 0;

  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const endAt = startedAt + plan.most.seconds * 1000;
  await Promise.all(clients.map(drive));
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  await Promise.all(clients.map((client) => client.destroy()));
  return {
    requests: latencies.length,
    compliant: right,
    others,
    seconds,
    latencyMs: percentiles(Float64Array.from(latencies)),
    generatorShare: (cpu.user + cpu.system) / 1e6 / seconds,
  };

  async function drive(client: Client): Promise<void> {
    while (performance.now() < endAt && latencies.length < plan.most.requests) {
      const number = journey.people.first + begun;
      // Who gives no code may come again.
      if (journey.withCode && begun >= journey.people.count) return;
      begun += 1;
      await signIn(client, journey.people.first + ((number - journey.people.first) % journey.people.count));
    }
  }

  async function signIn(client: Client, number: number): Promise<void> {
    const device = compliantDeviceId(plan.devices.first + (number % plan.devices.count));
    const start = `?authIndexType=service&authIndexValue=${journey.name}`;
    const page = await send(client, device, start, undefined, (step) => step.callbacks?.length === 2);
    if (page === undefined) return;
    const filled = fill(page, [`${journey.userPrefix}${number}`, journey.password]);
    const asked = await send(client, device, '', filled, (step) => step.callbacks?.length === 2);
    if (asked === undefined || !journey.withCode) return;
    const code = oathCode(secret, Math.floor(Date.now() / 30_000), { digits: 6, hash: 'sha1' });
    await send(client, device, '', fill(asked, [code]), (step) => step.tokenId !== undefined);
  }

  async function send(
    client: Client,
    device: string,
    query: string,
    body: Step | undefined,
    isRight: (step: Step) => boolean,
  ): Promise<Step | undefined> {
    const sentAt = performance.now();
    let verdict: string;
    try {
      const answer = await client.request({
        method: 'POST',
        path: `/json/realms/root/authenticate${query}`,
        headers: ['content-type', 'application/json', 'x-intune', `CN=${device}`],
        body: body === undefined ? null : JSON.stringify(body),
      });
      const step = (await answer.body.json()) as Step;
      latencies.push(performance.now() - sentAt);
      if (answer.statusCode === 200 && isRight(step)) {
        right += 1;
        return step;
      }
      verdict = `status ${answer.statusCode}`;
    } catch (error) {
      latencies.push(performance.now() - sentAt);
      verdict = (error as NodeJS.ErrnoException).code ?? (error as Error).name;
    }
    others[verdict] = (others[verdict] ?? 0) + 1;
    return undefined;
  }
}

function fill(step: Step, values: readonly string[]): Step {
  for (const [index, value] of values.entries()) {
    const [input] = step.callbacks?.[index]?.input ?? [];
    if (input !== undefined) input.value = value;
  }
  return step;
}
