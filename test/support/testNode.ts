import { createAdmission } from '../../src/node/admission.ts';
import type { DeviceDirectory } from '../../src/node/deviceDirectory.ts';
import { createIntuneNode, type IntuneNode, type IntuneNodeOptions } from '../../src/node/intuneNode.ts';
import type { RequestContext } from '../../src/node/requestContext.ts';
import { createHeaderSource } from '../../src/node/sources/headerSource.ts';
import { createSharedStateSource } from '../../src/node/sources/sharedStateSource.ts';
import { createScrub } from '../../src/sharedState/scrub.ts';
import { DEVICE_ID, NOW } from './fakeDirectory.ts';

export const CALLER = 'journeys';
const hop = { from: [CALLER], peers: undefined, idKind: 'unknown' } as const;

/** A node with a header and a shared-state source, both trusting the caller; everything optional off. */
export function testNode(directory: DeviceDirectory, changes: Partial<IntuneNodeOptions> = {}): IntuneNode {
  return createIntuneNode({
    name: 'default',
    sources: [
      createHeaderSource({ ...hop, name: 'x-intune' }),
      createSharedStateSource({ ...hop, key: 'x-intune' }),
    ],
    directory,
    admission: createAdmission(10_000),
    deadlineMs: 1_000,
    saveDeviceProperties: 'off',
    saveInstalledApps: 'off',
    largestCheckInAgeMs: undefined,
    loginUser: undefined,
    requireEnabledEntraDevice: false,
    outcomes: {},
    pingErrorKeys: false,
    scrub: createScrub([]),
    now: () => NOW,
    ...changes,
  });
}

/** A context that presents the good device in the header; tests change one part. */
export function testContext(changes: Partial<RequestContext> = {}): RequestContext {
  return {
    caller: CALLER,
    headers: [['x-intune', `CN=${DEVICE_ID}`]],
    peerAddress: undefined,
    sharedState: {},
    ...changes,
  };
}
