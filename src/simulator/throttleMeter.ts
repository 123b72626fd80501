import type { ProtectedEndpoint, Throttling } from './world.ts';

/** Counts calls the way Intune does: those that were refused count too, so a client that does not wait never gets through. */
export interface ThrottleMeter {
  /** Notes a call. @returns milliseconds until a call would be accepted again; `undefined` if this one is */
  add(appId: string, endpoint: ProtectedEndpoint, limits: Throttling): number | undefined;
  clear(): void;
}

/** A window slides by this part of itself. */
const STEPS = 20;

/** Share of the limit that each quota has. What Entra has is counted by other rules, which are not simulated. */
const QUOTAS: Readonly<Record<ProtectedEndpoint, { quota: string; share: number } | undefined>> = {
  managedDevice: { quota: 'devices', share: 1 },
  managedDevices: { quota: 'devices', share: 1 },
  detectedApps: { quota: 'devices', share: 1 },
  policyStates: { quota: 'configuration', share: 0.5 },
  settings: { quota: 'configuration', share: 0.5 },
  deviceAction: { quota: 'writes', share: 0.1 },
  deviceDelete: { quota: 'writes', share: 0.1 },
  entraDevice: undefined,
  groups: undefined,
  users: undefined,
};

/** @param now - milliseconds since 1970 */
export function createThrottleMeter({ now }: { now: () => number }): ThrottleMeter {
  const counts = new Map<string, WindowCount>();
  return {
    add(appId, endpoint, limits) {
      const counted = QUOTAS[endpoint];
      if (counted === undefined) return undefined;
      const stepMs = (limits.windowSeconds * 1000) / STEPS;
      const limit = Math.max(1, Math.floor(limits.requests * counted.share));
      const waits = [
        addTo(`${counted.quota} of ${appId}`, limit, stepMs),
        addTo(counted.quota, limit * 2, stepMs),
      ].filter((wait) => wait !== undefined);
      return waits.length === 0 ? undefined : Math.max(...waits);
    },
    clear: () => counts.clear(),
  };

  function addTo(name: string, limit: number, stepMs: number): number | undefined {
    const time = now();
    let count = counts.get(name);
    if (count?.stepMs !== stepMs) {
      count = { stepMs, steps: [] };
      counts.set(name, count);
    }
    return addCall(count, time, limit);
  }
}

interface WindowCount {
  readonly stepMs: number;
  /** Calls per step, oldest first. */
  steps: { readonly at: number; calls: number }[];
}

function addCall(window: WindowCount, time: number, limit: number): number | undefined {
  const { stepMs } = window;
  const at = Math.floor(time / stepMs) * stepMs;
  window.steps = window.steps.filter((step) => step.at > at - STEPS * stepMs);
  const newest = window.steps.at(-1);
  if (newest?.at === at) newest.calls += 1;
  else window.steps.push({ at, calls: 1 });
  let left = window.steps.reduce((sum, { calls }) => sum + calls, 0);
  if (left <= limit) return undefined;
  for (const step of window.steps) {
    left -= step.calls;
    if (left < limit) return step.at + STEPS * stepMs - time;
  }
  return STEPS * stepMs;
}

/** The header of a refusal; `undefined` where it is left out. */
export function retryAfterOf(waitMs: number, { retryAfter }: Throttling): string | undefined {
  switch (retryAfter) {
    case 'whole':
      return String(Math.ceil(waitMs / 1000));
    case 'fraction':
      return (waitMs / 1000).toFixed(3);
    case 'none':
      return undefined;
  }
}
