import type { Lookup, LookupOptions } from '../node/deviceDirectory.ts';
import type { DeviceId } from '../node/deviceId.ts';
import type { Page } from './deviceOperations.ts';

export interface Group {
  /** Entra's object id. */
  readonly id: DeviceId;
  readonly displayName: string;
}

export const MEMBER_KINDS = ['user', 'device', 'group', 'servicePrincipal', 'other'] as const;

export interface GroupMember {
  /** Entra's object id. */
  readonly id: DeviceId;
  readonly kind: (typeof MEMBER_KINDS)[number];
  readonly displayName: string | undefined;
  readonly userPrincipalName: string | undefined;
  readonly mail: string | undefined;
  /** What Intune calls the Entra id of a device; devices only. */
  readonly deviceId: DeviceId | undefined;
}

export interface MemberQuery {
  /** 1 to 999. */
  readonly pageSize: number;
  readonly next: string | undefined;
}

/** Whose membership is asked for: a user by object id or user principal name, or a device by `device.deviceId`. */
export type MemberSubject = { readonly user: string } | { readonly entraDeviceId: DeviceId };

/** Port: who knows groups. No method throws for an expected failure. */
export interface GroupDirectory {
  /** All groups with one of up to 10 display names, letter case counting; a name that nobody has is left out. */
  findGroups(displayNames: readonly string[], options: LookupOptions): Promise<Lookup<readonly Group[]>>;
  /** Direct members. Undefined: there is no such group. */
  listMembers(
    group: DeviceId,
    query: MemberQuery,
    options: LookupOptions,
  ): Promise<Lookup<Page<GroupMember> | undefined>>;
  /** Which of up to 20 groups the subject is in, also by way of other groups. Undefined: there is no such subject. */
  findMemberships(
    subject: MemberSubject,
    groups: readonly DeviceId[],
    options: LookupOptions,
  ): Promise<Lookup<ReadonlySet<DeviceId> | undefined>>;
}
