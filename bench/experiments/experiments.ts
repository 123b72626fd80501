import type { Experiment } from '../figure.ts';
import { coldDevices } from './coldDevices.ts';
import { forwardAuth } from './forwardAuth.ts';
import { fromMemory } from './fromMemory.ts';
import { listDevices } from './listDevices.ts';
import { journeySteps } from './journeySteps.ts';
import { memoryPerDevice } from './memoryPerDevice.ts';
import { stampede } from './stampede.ts';
import { fleetWarmUp } from './fleetWarmUp.ts';
import { upstreamCalls } from './upstreamCalls.ts';
import { withLatency } from './withLatency.ts';

/** Everything that is measured, in the order of the table. Where time is short, the last ones are left out. */
export const EXPERIMENTS: readonly Experiment[] = [
  fromMemory,
  coldDevices,
  upstreamCalls,
  stampede,
  fleetWarmUp,
  listDevices,
  journeySteps,
  withLatency,
  memoryPerDevice,
  forwardAuth,
];
