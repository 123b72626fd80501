import { parseGuid } from '../../node/deviceId.ts';
import type { Reading } from '../../operations/operation.ts';
import { refuse } from '../../operations/refusal.ts';
import type { NodeContext } from '../nodeContext.ts';
import type { NodeState } from '../state/nodeState.ts';

/** Where an IntuneNode that saves the property `id` leaves the device that was decided about. */
export const DEVICE_KEY = 'INTUNE_id';

const CALL_MS = 20_000;

/** Calls an operation in the name of the journey. */
export function callOperation(
  { ports, tree, signal, now }: NodeContext<unknown>,
  operation: string,
  input: Readonly<Record<string, unknown>>,
): Promise<Reading> {
  return ports.operations === undefined
    ? Promise.resolve(refuse('notPermitted'))
    : ports.operations.invoke(tree, operation, input, { signal, deadline: now() + CALL_MS });
}

/** Intune's id of the device, from the state of the journey. */
export function deviceIdIn(state: NodeState, key: string): string | undefined {
  const value = state.get(key);
  return typeof value === 'string' ? parseGuid(value) : undefined;
}

/** One request for each node of each run, however often a client comes back. */
export function requestIdOf({ journeyId, nodeId }: NodeContext<unknown>): string {
  return `${journeyId}:${nodeId}`
    .replaceAll(/[^\w.:-]/g, '-')
    .slice(0, 128)
    .padEnd(8, '-');
}
