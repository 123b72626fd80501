import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { checkAnswer } from './checkAnswer.ts';
import type { CaseFacts, ConformanceCase, DeviceProperties, Need, Step } from './requirement.ts';
import type { Target } from './target.ts';
import type { OutgoingRequest, TargetClient } from './targetClient.ts';

/** What a target must offer for a case. */
export function needsOf({ gate, lane, devices = [], steps }: ConformanceCase): readonly Need[] {
  const listed = typeof steps === 'function' ? [] : steps;
  const controlled =
    lane === 'signIn' || devices.length > 0 || listed.some(({ faults = [] }) => faults.length > 0);
  return [
    ...(controlled ? (['simulatorControl'] as const) : []),
    ...(gate === 'second' ? (['secondGate'] as const) : []),
  ];
}

/** The needs a target does not meet. */
export function missingNeeds(wanted: ConformanceCase, target: Target): readonly Need[] {
  return needsOf(wanted).filter((need) => target[need] === undefined);
}

/** Runs one case. @returns what was not as required, in words; empty if all was */
export async function runCase(
  wanted: ConformanceCase,
  target: Target,
  client: TargetClient,
): Promise<readonly string[]> {
  const facts = inventFacts(wanted, target);
  const refs = [facts.device, facts.other];
  const devices = wanted.devices ?? [];
  const wrong: string[] = [];
  try {
    for (const [index, properties] of devices.entries()) {
      await client.control('POST', '/devices', { ...goodDevice(), ...refs[index], ...properties });
    }
    const steps = typeof wanted.steps === 'function' ? wanted.steps(target) : wanted.steps;
    for (const [index, step] of steps.entries()) {
      const failures = await runStep(step, wanted, facts, client);
      wrong.push(
        ...failures.map((failure) => (steps.length > 1 ? `step ${index + 1}: ${failure}` : failure)),
      );
    }
  } catch (error) {
    wrong.push(String(error));
  } finally {
    for (const { id } of refs.slice(0, devices.length)) {
      await client.control('DELETE', `/devices/${id}`).catch(() => undefined);
    }
  }
  return wrong;
}

async function runStep(
  step: Step,
  wanted: ConformanceCase,
  facts: CaseFacts,
  client: TargetClient,
): Promise<readonly string[]> {
  const { device } = facts;
  if (step.clearFaults) await client.control('DELETE', '/faults');
  if (step.change) await client.control('PATCH', `/devices/${device.id}`, step.change);
  if (step.changeEntra)
    await client.control('PATCH', `/entraDevices/${device.azureADDeviceId}`, step.changeEntra);
  if (step.changeApp) {
    await client.control('PATCH', `/apps/${facts.target.clientId ?? ''}`, step.changeApp);
  }
  if (step.changeTokens) await client.control('PATCH', '/tokens', step.changeTokens);
  for (const rule of step.faults ?? []) await client.control('POST', '/faults', faultRule(rule, facts));
  if (step.waitMs !== undefined) await delay(step.waitMs);

  const outgoing = outgoingRequest(step, wanted, facts);
  const crowd = Array.from({ length: step.crowd ?? 0 }, () => client.send(outgoing).catch(() => undefined));
  if (crowd.length > 0) await delay(300);
  const until = performance.now() + (step.withinMs ?? 0);
  let failures: readonly string[];
  do {
    if (step.withinMs !== undefined) await delay(100);
    failures = checkAnswer(await client.send(outgoing), step.expect, facts);
  } while (failures.length > 0 && performance.now() < until);
  await Promise.all(crowd);
  return failures;
}

function outgoingRequest(step: Step, wanted: ConformanceCase, facts: CaseFacts): OutgoingRequest {
  const { http = {} } = step;
  const place = wanted.gate === 'second' ? facts.target.secondGate : facts.target;
  if (place === undefined) throw new Error('the target has no second gate');
  const { authorization } = http;
  const header =
    authorization === 'none'
      ? {}
      : authorization === 'restricted'
        ? { authorization: `Bearer ${facts.target.secondGate?.restrictedApiKey ?? ''}` }
        : { authorization: authorization?.raw ?? `Bearer ${place.apiKey}` };
  const { method = 'POST' } = http;
  const body = http.body?.(facts) ?? (step.body === undefined ? undefined : JSON.stringify(step.body(facts)));
  return {
    method,
    url: `${place.gate}${http.path ?? '/v1/decisions'}`,
    headers: {
      ...header,
      ...(body === undefined ? {} : { 'content-type': http.contentType ?? 'application/json' }),
    },
    body,
  };
}

function faultRule(
  { endpoint, about = 'device', times, skip, fault }: NonNullable<Step['faults']>[number],
  facts: CaseFacts,
): object {
  const ids = {
    device: facts.device.id,
    deviceEntraId: facts.device.azureADDeviceId,
    other: facts.other.id,
    nobody: undefined,
  };
  const deviceId = ids[about];
  return {
    match: {
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(deviceId === undefined ? {} : { deviceId }),
    },
    ...(times === undefined ? {} : { times }),
    ...(skip === undefined ? {} : { skip }),
    fault: typeof fault === 'function' ? fault(facts) : fault,
  };
}

/** Ids nobody has used before, so that cases cannot meet. */
function inventFacts({ sharedEntraId }: ConformanceCase, target: Target): CaseFacts {
  const device = { id: randomUUID(), azureADDeviceId: randomUUID() };
  const other = {
    id: randomUUID(),
    azureADDeviceId: sharedEntraId ? device.azureADDeviceId : randomUUID(),
  };
  return {
    target,
    device,
    other,
    certificate: (name) => readFileSync(target.secondGate?.certificates[name] ?? '', 'utf8'),
  };
}

function goodDevice(): DeviceProperties {
  return {
    complianceState: 'compliant',
    deviceName: 'CONFORMANCE-1',
    managementState: 'managed',
    deviceRegistrationState: 'registered',
    lastSyncDateTime: `${new Date(Date.now() - 2 * 3_600_000).toISOString().slice(0, 19)}Z`,
    serialNumber: `SN-${randomUUID().slice(0, 8)}`,
    userPrincipalName: 'conformance@contoso.example',
    operatingSystem: 'Windows',
  };
}
