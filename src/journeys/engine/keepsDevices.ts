import type { IntuneNodes } from '../intuneNodes.ts';
import type { JourneyRequest } from '../journeyRequest.ts';
import type { RunnableJourney, RunnableNode } from '../runnableJourney.ts';
import type { Gathered, SealedDevice } from './journeyRun.ts';

/**
 * Does the request present the devices that were sealed into the journey? Where a node that asked Intune was presented a device, every
 * later step has to present the same one to it. Where it was presented none, there is nothing to keep.
 */
export async function keepsDevices(
  { device, formerDevices = [] }: Pick<Gathered, 'device' | 'formerDevices'>,
  request: JourneyRequest,
  journeys: ReadonlyMap<string, RunnableJourney>,
  intuneNodes: IntuneNodes,
): Promise<boolean> {
  for (const sealed of device === undefined ? formerDevices : [...formerDevices, device]) {
    if (!(await keepsDevice(sealed, request, journeys, intuneNodes))) return false;
  }
  return true;
}

async function keepsDevice(
  sealed: SealedDevice,
  request: JourneyRequest,
  journeys: ReadonlyMap<string, RunnableJourney>,
  intuneNodes: IntuneNodes,
): Promise<boolean> {
  if (sealed.presented.length === 0) return true;
  const node = findNode(journeys.get(sealed.tree)?.nodes, sealed.node);
  const presented = await node?.type.present?.(node.config, { nodeId: sealed.node, request, intuneNodes });
  return (
    presented?.length === sealed.presented.length &&
    presented.every((id, index) => id === sealed.presented[index])
  );
}

/** In a tree or in one of its pages. */
function findNode(
  nodes: ReadonlyMap<string, RunnableNode> | undefined,
  id: string,
): RunnableNode | undefined {
  return (
    nodes?.get(id) ??
    [...(nodes?.values() ?? [])].flatMap(({ children }) => children).find((child) => child.id === id)
  );
}
