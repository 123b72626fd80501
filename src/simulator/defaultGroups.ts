import type { SimulatedEntraDevice } from './simulatedDevice.ts';
import type { SimulatedGroup, SimulatedUser } from './world.ts';

/** Object ids of the groups of the default tenant, by what each is there to show. */
export const groupIds = {
  staff: '6a0f0000-0000-4000-8000-000000000001',
  /** Holds the group above, and so everybody in it. */
  everybody: '6a0f0000-0000-4000-8000-000000000002',
  laptops: '6a0f0000-0000-4000-8000-000000000003',
  /** Two with one name. */
  contractors: '6a0f0000-0000-4000-8000-000000000004',
  otherContractors: '6a0f0000-0000-4000-8000-000000000005',
  /** The same name in other letter case. */
  lowerStaff: '6a0f0000-0000-4000-8000-000000000006',
  empty: '6a0f0000-0000-4000-8000-000000000007',
} as const;

/** Groups for every case a client has to tell apart. */
export function createDefaultGroups(
  users: readonly SimulatedUser[],
  devices: readonly SimulatedEntraDevice[],
): SimulatedGroup[] {
  const [, carter, norole, mfa] = users.map(({ objectId }) => objectId);
  const known = (ids: readonly (string | undefined)[]): string[] => ids.filter((id) => id !== undefined);
  return [
    { id: groupIds.staff, displayName: 'Staff', members: known([carter, mfa, devices[0]?.id]) },
    { id: groupIds.everybody, displayName: 'Everybody', members: [groupIds.staff, groupIds.contractors] },
    { id: groupIds.laptops, displayName: "Alex' laptops", members: devices.map(({ id }) => id) },
    { id: groupIds.contractors, displayName: 'Contractors', members: known([norole]) },
    { id: groupIds.otherContractors, displayName: 'Contractors', members: [groupIds.everybody] },
    { id: groupIds.lowerStaff, displayName: 'staff', members: [] },
    { id: groupIds.empty, displayName: 'Nobody', members: [] },
  ];
}
