import { findEntraDeviceByObjectId } from './deviceTable.ts';
import type { SimulatedEntraDevice } from './simulatedDevice.ts';
import type { SimulatedGroup, SimulatedUser, World } from './world.ts';

/** Something that can be in a group. */
export type DirectoryObject =
  | { readonly kind: 'user'; readonly user: SimulatedUser }
  | { readonly kind: 'device'; readonly device: SimulatedEntraDevice }
  | { readonly kind: 'group'; readonly group: SimulatedGroup };

/** By object id, lower case. */
export function findDirectoryObject(world: World, id: string): DirectoryObject | undefined {
  const group = world.groups.get(id);
  if (group !== undefined) return { kind: 'group', group };
  const user = world.users.find(({ objectId }) => objectId === id);
  if (user !== undefined) return { kind: 'user', user };
  const device = findEntraDeviceByObjectId(world, id);
  return device === undefined ? undefined : { kind: 'device', device };
}

/** By object id or user principal name, in any letter case. */
export function findUser(world: World, key: string): SimulatedUser | undefined {
  const wanted = key.toLowerCase();
  return world.users.find(
    ({ objectId, userPrincipalName }) => objectId === wanted || userPrincipalName.toLowerCase() === wanted,
  );
}

/** Ids of all groups an object is in, by whatever way. A circle of groups ends where it began. */
export function groupsOf(world: World, objectId: string): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [objectId];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { id, members } of world.groups.values()) {
      if (found.has(id) || !members.includes(next)) continue;
      found.add(id);
      open.push(id);
    }
  }
  return found;
}
