import type { JsonValue } from './managedDeviceEntity.ts';
import type { SimulatedDevice } from './simulatedDevice.ts';

/** What beta's managedDevice has beside v1.0, with the values of a plain GET. */
export function betaProperties({ properties }: SimulatedDevice): Record<string, JsonValue> {
  return {
    aadRegistered: properties.azureADRegistered,
    autopilotEnrolled: false,
    azureActiveDirectoryDeviceId: properties.azureADDeviceId,
    bootstrapTokenEscrowed: false,
    chassisType: 'unknown',
    chromeOSDeviceInfo: [],
    cloudPcRemoteActionResults: [],
    configurationManagerClientHealthState: null,
    configurationManagerClientInformation: null,
    deviceFirmwareConfigurationInterfaceManaged: false,
    deviceType: properties.operatingSystem === 'Windows' ? 'windowsRT' : 'unknown',
    enrolledByUserPrincipalName: properties.userPrincipalName,
    hardwareInformation: null,
    joinType: 'azureADJoined',
    lostModeState: 'disabled',
    managementFeatures: 'none',
    ownerType: properties.managedDeviceOwnerType,
    preferMdmOverGroupPolicyAppliedDateTime: '0001-01-01T00:00:00Z',
    processorArchitecture: 'x64',
    retireAfterDateTime: '0001-01-01T00:00:00Z',
    roleScopeTagIds: [],
    securityPatchLevel: null,
    skuFamily: 'Enterprise',
    skuNumber: 4,
    specificationVersion: '',
    usersLoggedOn: [],
    windowsActiveMalwareCount: 0,
    windowsRemediatedMalwareCount: 0,
  };
}

/** True values that beta tells only to a GET that names them in `$select`. */
export function betaSelectOnly({ properties }: SimulatedDevice): Record<string, JsonValue> {
  return {
    bootstrapTokenEscrowed: properties.operatingSystem === 'macOS',
    roleScopeTagIds: ['0'],
    hardwareInformation: {
      serialNumber: properties.serialNumber,
      totalStorageSpace: properties.totalStorageSpaceInBytes,
      freeStorageSpace: properties.freeStorageSpaceInBytes,
      manufacturer: properties.manufacturer,
      model: properties.model,
      isEncrypted: properties.isEncrypted,
    },
  };
}
