import { describeDevice } from './deviceChange.ts';
import type { AppRegistration, SimulatedUser, World } from './world.ts';

/** The world for humans and scripts: everything except secrets and passwords. */
export function describeWorld(world: World): Record<string, unknown> {
  return {
    tenant: world.tenant,
    tokens: world.tokens,
    pageSizes: world.pageSizes,
    apps: world.apps.map(describeApp),
    managedIdentities: world.managedIdentities,
    users: world.users.map(describeUser),
    devices: [...world.devices.values()].map(describeDevice),
    entraDevices: [...world.entraDevices.values()],
    groups: [...world.groups.values()],
    pendingActions: world.pendingActions,
    // Their number only: a list of them could be of any length.
    fleet: { size: world.fleet.size, removed: world.fleet.removed.size },
    service: world.service,
    faults: world.faults,
  };
}

export function describeApp({ secrets, ...app }: AppRegistration): Record<string, unknown> {
  return { ...app, secrets: secrets.map(({ expired }) => ({ expired })) };
}

export function describeUser({ password: _password, ...user }: SimulatedUser): Record<string, unknown> {
  return user;
}
