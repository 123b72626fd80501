import { randomBytes, randomUUID } from 'node:crypto';
import { createDefaultDevices } from './defaultDevices.ts';
import { createDefaultGroups } from './defaultGroups.ts';
import type { FaultRule } from './faults.ts';
import type { SimulatedDevice, SimulatedEntraDevice } from './simulatedDevice.ts';

export interface SimulatedTenant {
  id: string;
  /** Verified domain name; the tenant can be addressed by it. */
  domain: string;
  displayName: string;
  /** False: Intune refuses everybody, with 401. */
  licensed: boolean;
  settings: {
    deviceComplianceCheckinThresholdDays: number;
    isScheduledActionEnabled: boolean;
    /** False means that a device without policy counts as compliant. */
    secureByDefault: boolean;
  };
}

/** An app registration with its service principal. */
export interface AppRegistration {
  clientId: string;
  displayName: string;
  secrets: { value: string; expired: boolean }[];
  /** Certificates that may sign client assertions, PEM. */
  certificates: string[];
  federatedCredentials: { issuer: string; subject: string; publicKeyPem: string; audience: string }[];
  /** Granted application permissions, for tokens without a user. */
  roles: string[];
  /** Granted delegated permissions, for tokens with a user. */
  scopes: string[];
  /** Whether an administrator consented: without it an app token has no roles, and a user gets no token. */
  consented: boolean;
  /** "Allow public client flows": the password grant then works without a credential of the app. */
  publicClient: boolean;
  /** False: the app exists but has no service principal in this tenant. */
  servicePrincipal: boolean;
}

/** An account for the password grant. */
export interface SimulatedUser {
  userPrincipalName: string;
  displayName: string;
  objectId: string;
  password: string;
  mfaRequired: boolean;
  /** Whether the user has a role inside Intune; delegated calls need one. */
  intuneRole: boolean;
}

export interface ManagedIdentity {
  clientId: string;
  objectId: string;
  resourceId: string;
  roles: string[];
  /** The identity IMDS uses when the caller names none. */
  systemAssigned: boolean;
}

/** Graph resources that need a permission. */
export type ProtectedEndpoint =
  | 'managedDevice'
  | 'managedDevices'
  | 'detectedApps'
  | 'policyStates'
  | 'settings'
  | 'deviceAction'
  | 'deviceDelete'
  | 'entraDevice'
  | 'groups'
  | 'users';

/** A group of the directory. */
export interface SimulatedGroup {
  /** Object id, lower case. */
  id: string;
  /** Not unique. */
  displayName: string;
  /** Object ids of users, Entra devices and other groups, in the order in which they joined. */
  members: string[];
}

/** Something a device was told to do and has not reported as done. */
export interface PendingAction {
  deviceId: string;
  /** As the route names it. */
  action: string;
  /** Milliseconds since 1970. */
  startedAt: number;
}

/** How many calls an app may make before it gets 429; as Microsoft documents it for Intune, 2,000 in 20 seconds. */
export interface Throttling {
  /** Calls about devices in one window, for one app. All apps together have twice as many, calls about configuration half. */
  requests: number;
  windowSeconds: number;
  /** What `Retry-After` says: whole seconds, a fraction of them, or nothing, as Intune sometimes does. */
  retryAfter: 'whole' | 'fraction' | 'none';
}

/** Devices that nobody wrote down: number 1 to `size`, worked out when somebody asks (`fleet.ts`). */
export interface Fleet {
  size: number;
  /** managedDevice.id of those that were taken out. */
  removed: Set<string>;
}

/** Everything the simulator knows. Plain and mutable: change it, and the next request sees the change. */
export interface World {
  /** Milliseconds since 1970; the dates of the devices are relative to it. */
  createdAt: number;
  tenant: SimulatedTenant;
  apps: AppRegistration[];
  managedIdentities: ManagedIdentity[];
  users: SimulatedUser[];
  /** Key: managedDevice.id, lower case. */
  devices: Map<string, SimulatedDevice>;
  /** Key: deviceId (azureADDeviceId), lower case. */
  entraDevices: Map<string, SimulatedEntraDevice>;
  /** Beside the devices above. One that is changed becomes one of those. */
  fleet: Fleet;
  service: {
    /** Added to every answer of the token endpoint, IMDS and Graph. */
    latencyMs: number;
    /** `null`: nobody is ever throttled. */
    throttling: Throttling | null;
    /** How long a device takes to do what it is told. */
    actionMs: number;
    /** True: a record is deleted only after its device was retired or wiped; both are reported of the real service. */
    deleteNeedsRetire: boolean;
  };
  /** Key: object id, lower case. */
  groups: Map<string, SimulatedGroup>;
  pendingActions: PendingAction[];
  faults: FaultRule[];
  tokens: {
    lifetimeSeconds: number;
    /** Sent as `refresh_in` if given. */
    refreshInSeconds?: number;
    managedIdentityLifetimeSeconds: number;
  };
  pageSizes: { managedDevices: number; detectedApps: number };
  /** Any one of these permissions is enough. Which ones policyStates really takes is not documented; this is the strict reading. */
  acceptedScopes: Record<ProtectedEndpoint, string[]>;
  /** Resources a token can be asked for. The first two are Graph; the simulator's own origin always counts as Graph too. */
  resources: string[];
}

const READ_DEVICES = [
  'DeviceManagementManagedDevices.Read.All',
  'DeviceManagementManagedDevices.ReadWrite.All',
];
const READ_CONFIGURATION = [
  'DeviceManagementConfiguration.Read.All',
  'DeviceManagementConfiguration.ReadWrite.All',
];
const DEFAULT_ROLES = [
  'DeviceManagementManagedDevices.Read.All',
  'DeviceManagementConfiguration.Read.All',
  'Device.Read.All',
  'DeviceManagementManagedDevices.ReadWrite.All',
  'DeviceManagementManagedDevices.PrivilegedOperations.All',
  'GroupMember.Read.All',
  'User.Read.All',
];

/**
 * The tenant used when nobody brings one: one app, four users, and a device for every case a gate has to tell apart. `fleetSize` adds
 * that many everyday devices; default 0.
 */
export function createWorld(options: { now: () => number; fleetSize?: number }): World {
  const createdAt = options.now();
  const domain = 'contoso.example';
  const { devices, entraDevices } = createDefaultDevices({ now: createdAt, domain });
  const users = [
    createUser('gate', 'Gate Service', domain, { intuneRole: true }),
    createUser('acarter', 'Alex Carter', domain, { intuneRole: true }),
    createUser('norole', 'Nora Role', domain, {}),
    createUser('mfa', 'Mira Factor', domain, { intuneRole: true, mfaRequired: true }),
  ];
  const groups = createDefaultGroups(users, entraDevices);
  return {
    createdAt,
    tenant: {
      id: randomUUID(),
      domain,
      displayName: 'Contoso',
      licensed: true,
      settings: {
        deviceComplianceCheckinThresholdDays: 30,
        isScheduledActionEnabled: true,
        secureByDefault: true,
      },
    },
    apps: [
      {
        clientId: randomUUID(),
        displayName: 'intune-gate',
        secrets: [{ value: randomSecret(), expired: false }],
        certificates: [],
        federatedCredentials: [],
        roles: [...DEFAULT_ROLES],
        scopes: ['User.Read', ...DEFAULT_ROLES],
        consented: true,
        publicClient: true,
        servicePrincipal: true,
      },
    ],
    managedIdentities: [
      {
        clientId: randomUUID(),
        objectId: randomUUID(),
        resourceId:
          '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/demo/providers/Microsoft.ManagedIdentity/userAssignedIdentities/intune-gate',
        roles: [...DEFAULT_ROLES],
        systemAssigned: true,
      },
    ],
    users,
    devices: new Map(devices.map((device) => [device.properties.id, device])),
    entraDevices: new Map(entraDevices.map((device) => [device.deviceId, device])),
    fleet: { size: options.fleetSize ?? 0, removed: new Set() },
    service: { latencyMs: 0, throttling: null, actionMs: 2_000, deleteNeedsRetire: false },
    groups: new Map(groups.map((group) => [group.id, group])),
    pendingActions: [],
    faults: [],
    tokens: { lifetimeSeconds: 3599, managedIdentityLifetimeSeconds: 86_399 },
    pageSizes: { managedDevices: 1000, detectedApps: 20 },
    acceptedScopes: {
      managedDevice: [...READ_DEVICES],
      managedDevices: [...READ_DEVICES],
      detectedApps: [...READ_DEVICES],
      policyStates: [...READ_CONFIGURATION],
      settings: [...READ_CONFIGURATION],
      deviceAction: ['DeviceManagementManagedDevices.PrivilegedOperations.All'],
      deviceDelete: ['DeviceManagementManagedDevices.ReadWrite.All'],
      groups: [
        'GroupMember.Read.All',
        'Group.Read.All',
        'Group.ReadWrite.All',
        'Directory.Read.All',
        'Directory.ReadWrite.All',
      ],
      users: ['User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
      entraDevice: [
        'Device.Read.All',
        'Device.ReadWrite.All',
        'Directory.Read.All',
        'Directory.ReadWrite.All',
      ],
    },
    resources: [
      'https://graph.microsoft.com',
      '00000003-0000-0000-c000-000000000000',
      'https://management.azure.com',
    ],
  };
}

function randomSecret(): string {
  return randomBytes(30).toString('base64url');
}

function createUser(
  name: string,
  displayName: string,
  domain: string,
  flags: { intuneRole?: boolean; mfaRequired?: boolean },
): SimulatedUser {
  return {
    userPrincipalName: `${name}@${domain}`,
    displayName,
    objectId: randomUUID(),
    password: randomSecret(),
    mfaRequired: flags.mfaRequired ?? false,
    intuneRole: flags.intuneRole ?? false,
  };
}
