import type { Outcome } from '../outcomes/outcome.ts';
import { deviceIds } from '../simulator/deviceIds.ts';
import type { World } from '../simulator/world.ts';

/** A device of the demo and what the demo's default node should say about it. */
export interface DemoDevice {
  readonly id: string;
  readonly azureADDeviceId: string;
  readonly complianceState: string;
  readonly expectedOutcome: Outcome;
  readonly note: string;
}

/** Written down, not computed: a table that asks the gate what to expect of the gate proves nothing. */
const EXPECTED: Readonly<Record<keyof typeof deviceIds, Outcome>> = {
  compliant: 'Compliant',
  noncompliant: 'NotCompliant',
  inGracePeriod: 'InGracePeriod',
  configManager: 'ConfigManager',
  conflict: 'Conflict',
  unknown: 'Unknown',
  error: 'Error',
  graceExpired: 'NotCompliant',
  reenrolled: 'Compliant',
  ghost: 'Unknown',
  ambiguousOne: 'Compliant',
  ambiguousTwo: 'NotCompliant',
  silent: 'Unknown',
  quarantined: 'Unknown',
  wipePending: 'NotCompliant',
  revoked: 'NotCompliant',
  userless: 'Compliant',
  unregistered: 'Compliant',
  entraDisabled: 'Compliant',
  manyApps: 'Compliant',
  unicode: 'Compliant',
};

/** The devices of a simulated tenant, by Intune id, in the order of the table. */
export function demoDevices(world: World): readonly DemoDevice[] {
  return Object.entries(deviceIds).flatMap(([name, id]) => {
    const device = world.devices.get(id);
    if (device === undefined) return [];
    return [
      {
        id,
        azureADDeviceId: device.properties.azureADDeviceId ?? '',
        complianceState: device.properties.complianceState,
        expectedOutcome: EXPECTED[name as keyof typeof deviceIds],
        note: device.note,
      },
    ];
  });
}
