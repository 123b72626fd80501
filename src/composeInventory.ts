import type { TenantSetup } from './config/gateConfig.ts';
import { createGraphTenant, type GraphTenant } from './graph/graphTenant.ts';
import { DEFAULT_PACING } from './graph/pacer.ts';
import type { DeviceFeed } from './inventory/sync/deviceFeed.ts';

export interface InventoryTenant {
  readonly feed: DeviceFeed;
  close(): Promise<void>;
}

/** A page of a thousand devices takes Intune longer than one device. */
const ATTEMPT_TIMEOUT_MS = 60_000;
/** What a copy may take of the calls that Microsoft allows: the gate asks in the same name, and people wait for it. */
const SHARE_OF_CALLS = 0.25;

/** A tenant as an inventory reads it: with patience, and a part of the pace. Nothing is asked yet. */
export function composeInventoryTenant(setup: TenantSetup, now: () => number = Date.now): InventoryTenant {
  const { calls, windowMs } = setup.pacing ?? DEFAULT_PACING;
  const tenant: GraphTenant = createGraphTenant({
    ...setup,
    attemptTimeoutMs: ATTEMPT_TIMEOUT_MS,
    pacing: { calls: Math.max(1, Math.floor(calls * SHARE_OF_CALLS)), windowMs },
    now,
  });
  return { feed: tenant.feed, close: () => tenant.close() };
}
