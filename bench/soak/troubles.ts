import type { SimulatedEndpoint } from '../../src/simulator/classifyRequest.ts';
import type { Fault } from '../../src/simulator/faults.ts';

/** What goes wrong during a soak, in turns; between them all is well for as long. */
export const TROUBLES: readonly { readonly endpoint: SimulatedEndpoint; readonly fault: Fault }[] = [
  { endpoint: 'managedDevice', fault: { kind: 'status', status: 503, body: 'html' } },
  { endpoint: 'managedDevice', fault: { kind: 'slow', delayMs: 200 } },
  { endpoint: 'managedDevice', fault: { kind: 'reset' } },
  { endpoint: 'managedDevice', fault: { kind: 'status', status: 429, retryAfter: '1' } },
  { endpoint: 'managedDevice', fault: { kind: 'cutOff' } },
  { endpoint: 'managedDevice', fault: { kind: 'wrongJson' } },
  { endpoint: 'managedDevice', fault: { kind: 'status', status: 401 } },
  { endpoint: 'managedDevice', fault: { kind: 'hang' } },
  { endpoint: 'token', fault: { kind: 'status', status: 500 } },
];
