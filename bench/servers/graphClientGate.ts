import { ConfidentialClientApplication } from '@azure/msal-node';
import { Client } from '@microsoft/microsoft-graph-client';
import { readReferenceSettings } from './referenceSettings.ts';
import { serveReference } from './serveReference.ts';

/** A gate as one writes it in an afternoon with Microsoft's own libraries, and well: one token for all, only the properties needed. */
const settings = readReferenceSettings();
const { simulator } = settings;

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const JUDGED = [
  'id',
  'azureADDeviceId',
  'complianceState',
  'managementState',
  'deviceRegistrationState',
  'complianceGracePeriodExpirationDateTime',
  'lastSyncDateTime',
  'serialNumber',
  'userPrincipalName',
];

const msal = new ConfidentialClientApplication({
  auth: {
    clientId: simulator.clientId,
    clientSecret: simulator.clientSecret,
    authority: `${simulator.authority}/${simulator.tenantId}`,
    knownAuthorities: [new URL(simulator.authority).host],
  },
});
const graph = Client.initWithMiddleware({
  baseUrl: `${simulator.graph}/`,
  defaultVersion: 'v1.0',
  customHosts: new Set([new URL(simulator.graph).hostname]),
  authProvider: {
    // MSAL remembers the token by itself.
    getAccessToken: async () =>
      (await msal.acquireTokenByClientCredential({ scopes: [`${simulator.graph}/.default`] }))?.accessToken ??
      '',
  },
});

await serveReference(settings, async (deviceId) => {
  if (!GUID.test(deviceId)) return 'unknown';
  const device = (await graph.api(`/deviceManagement/managedDevices/${deviceId}`).select(JUDGED).get()) as {
    readonly complianceState?: string;
  };
  return device.complianceState ?? 'unknown';
});
