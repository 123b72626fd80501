import { findSimulatedDevice } from './managedDevices.ts';
import type { GraphAnswer } from '../graphErrors.ts';
import type { GraphRequest, GraphResource } from '../graphResource.ts';
import type { PolicyStateRow } from '../simulatedDevice.ts';

const COLLECTION = ['deviceManagement', 'managedDevices', '{}', 'deviceCompliancePolicyStates'];

/** The policies of one device: one row for each policy and user. */
export const policyStates: GraphResource = {
  endpoint: 'policyStates',
  pattern: COLLECTION,
  handle: (request) => withPolicyStates(request, (rows) => rows.map((row) => policyRow(row, request))),
};

/** The settings behind one policy; rows of all its users, unless `$filter=(userId eq '…')` names one. */
export const settingStates: GraphResource = {
  endpoint: 'policyStates',
  pattern: [...COLLECTION, '{}', 'settingStates'],
  handle: (request) =>
    withPolicyStates(request, (rows) => {
      const [, stateId = ''] = request.keys;
      const userId = /^\(?\s*userId eq '([^']*)'\s*\)?$/.exec(request.query.get('$filter') ?? '')?.[1];
      const ofPolicy = rows.filter(({ id }) => id === stateId.toLowerCase());
      if (ofPolicy.length === 0) return undefined;
      return ofPolicy
        .flatMap((row) => row.settingStates)
        .filter((row) => userId === undefined || row.userId === userId);
    }),
};

function withPolicyStates(
  request: GraphRequest,
  choose: (rows: readonly PolicyStateRow[]) => unknown[] | undefined,
): GraphAnswer {
  const found = findSimulatedDevice(request);
  if (!found.ok) return found.answer;
  const value = choose(found.device.policyStates);
  if (value === undefined) return request.errors.nested(404, 'ResourceNotFound');
  const path = request.url.slice(request.root.length + 1);
  return {
    status: 200,
    body: { '@odata.context': `${request.root}/$metadata#${path}`, '@odata.count': value.length, value },
  };
}

function policyRow(row: PolicyStateRow, { version }: GraphRequest): object {
  const { userId, userPrincipalName, settingStates: _told, ...shared } = row;
  // settingStates is always empty here; only its own address tells it.
  return { ...shared, ...(version === 'beta' ? { userId, userPrincipalName } : {}), settingStates: [] };
}
