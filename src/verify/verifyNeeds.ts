import type { DeviceId } from '../node/deviceId.ts';
import type { CredentialKind } from './credentialCauses.ts';

/** What the configuration wants of a tenant. */
export interface VerifyNeeds {
  /** Origins of the token endpoint and of Graph, to be named where they are out of reach. */
  readonly authority: string;
  readonly graph: string;
  /** How the gate proves itself to Entra, as the configuration says. */
  readonly credentialKind: CredentialKind;
  /** A device to look for; without one, any id is asked for and "not found" is the good answer. */
  readonly deviceId: DeviceId | undefined;
  readonly entraDevice: boolean;
  readonly installedApps: boolean;
}
