import { randomUUID } from 'node:crypto';
import { startDeadline } from '../../node/deadline.ts';
import { abortSignalOf } from '../../node/ending.ts';
import type { Answer } from '../callbacks/callback.ts';
import type { JourneyRequest } from '../journeyRequest.ts';
import type { JsonObject } from '../json.ts';
import type { ExistingSession, JourneyLookup, NodePorts } from '../nodeContext.ts';
import type { RunnableJourney } from '../runnableJourney.ts';
import { keepsWhatIsBound } from './gatherEffects.ts';
import { NOTHING_GATHERED, type JourneyRun } from './journeyRun.ts';
import type { JourneyEvent } from './journeyEvent.ts';
import { keepsDevices } from './keepsDevices.ts';
import { createNeededInputs } from './neededInputs.ts';
import { NO_INPUT, type StepEnvironment } from './runNode.ts';
import type { StepEnd } from './stepEnd.ts';
import { resumeWalk, type Walk } from './walk.ts';
import { failed, walkOn, type WalkOptions } from './walkOn.ts';

export interface JourneyEngineOptions {
  /** The trees that may run. */
  readonly journeys: ReadonlyMap<string, RunnableJourney>;
  readonly lookup: JourneyLookup;
  readonly realm: string;
  readonly ports: NodePorts;
  /** Longest time from the first step to the last, minutes, for trees that do not say; AM's default is 5. */
  readonly maxMinutes: number;
  /** Longest time one node may take, milliseconds. */
  readonly nodeDeadlineMs: number;
  /** Longest time one step may take, milliseconds. */
  readonly stepDeadlineMs: number;
  /** How long a link is waited for, minutes; AM's default is 1,440. */
  readonly suspendMinutes: number;
  /** Address of the page that goes on when a link is followed; its query gets `suspendedId`. Undefined: no journey can be suspended. */
  readonly resumeUrl: string | undefined;
  readonly now: () => number;
  readonly onEvent?: (event: JourneyEvent) => void;
}

/** What came with a request, for any step. */
export interface StepRequest {
  readonly request: JourneyRequest;
  readonly session: ExistingSession | undefined;
  readonly signal: AbortSignal;
}

export interface Beginning {
  /** Shared state to begin with. */
  readonly state: JsonObject;
  /** The client wants no session. */
  readonly noSession: boolean;
}

export interface JourneyEngine {
  start(tree: RunnableJourney, beginning: Beginning, step: StepRequest): Promise<StepEnd>;
  /** Goes on with a run; with the answers to what it asked, or because a link was followed. */
  proceed(run: JourneyRun, answers: readonly Answer[] | 'resumed', step: StepRequest): Promise<StepEnd>;
}

/** Runs journeys, one step at a time. It keeps nothing between steps: all state of a run is in its {@link JourneyRun}. */
export function createJourneyEngine(options: JourneyEngineOptions): JourneyEngine {
  const { journeys, now, realm } = options;
  const walkOptions: WalkOptions = { ...options, needed: createNeededInputs(journeys) };

  const minutesOf = ({ journey }: RunnableJourney): number => journey.treeTimeout ?? options.maxMinutes;

  async function within(
    { request, session, signal }: StepRequest,
    work: (environment: StepEnvironment) => Promise<StepEnd>,
  ): Promise<StepEnd> {
    const deadline = startDeadline(options.stepDeadlineMs, now, signal);
    try {
      return await work({
        realm,
        request,
        session,
        ports: options.ports,
        journeys: options.lookup,
        now,
        signal: abortSignalOf(deadline.signal),
      });
    } finally {
      deadline.end();
    }
  }

  return {
    start(tree, { state, noSession }, step) {
      const shared = new Map(Object.entries({ realm, ...state }));
      const walk: Walk = {
        run: {
          id: randomUUID(),
          tree: tree.journey.name,
          version: tree.version,
          expiresAt: now() + minutesOf(tree) * 60_000,
          noSession,
          ...(step.session === undefined ? {} : { beganWith: step.session.id }),
          step: 0,
        },
        frames: [
          { journey: tree, node: tree.entry, stores: { shared, secure: new Map(), transient: new Map() } },
        ],
        shared,
        gathered: NOTHING_GATHERED,
      };
      return within(step, (environment) => walkOn(walk, NO_INPUT, environment, walkOptions));
    },
    async proceed(run, answers, step) {
      const tree = journeys.get(run.tree);
      const walk = resumeWalk(run, journeys);
      if (now() >= run.expiresAt || tree?.version !== run.version || walk === undefined) {
        return { is: 'timedOut' };
      }
      const isSame =
        keepsWhatIsBound(run.gathered, step.request) &&
        (await keepsDevices(run.gathered, step.request, journeys, options.ports.intuneNodes));
      if (!isSame) return failed('deviceChanged', walk);
      if (answers !== 'resumed') {
        const input = { asked: run.asked, answers, resumed: false };
        return within(step, (environment) => walkOn(walk, input, environment, walkOptions));
      }
      // The time nobody had to wait for is over; what follows has as long as a journey that begins.
      const resumed = { ...walk, run: { ...walk.run, expiresAt: now() + minutesOf(tree) * 60_000 } };
      return within(step, (environment) =>
        walkOn(resumed, { ...NO_INPUT, resumed: true }, environment, walkOptions),
      );
    },
  };
}
