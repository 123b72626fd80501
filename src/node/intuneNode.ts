import { randomUUID } from 'node:crypto';
import type { ReasonOutcomes } from '../outcomes/reasonOutcomes.ts';
import type { AppsFormat } from '../sharedState/appEntries.ts';
import { deviceEntries, type SavedProperties } from '../sharedState/deviceEntries.ts';
import type { Scrub } from '../sharedState/scrub.ts';
import type { Admission } from './admission.ts';
import {
  assembleDecision,
  evidenceOf,
  olderOf,
  unexpected,
  warningsOf,
  type Finding,
} from './assembleDecision.ts';
import { startDeadline, type Deadline } from './deadline.ts';
import type { TracedDecision, TraceStep } from './decision.ts';
import type { DeviceDirectory, DeviceLookupOptions, WantedProperties } from './deviceDirectory.ts';
import type { DeviceId } from './deviceId.ts';
import type { DeviceIdSource } from './deviceIdSource.ts';
import type { EndSignal } from './ending.ts';
import { judgeDevice } from './judgeDevice.ts';
import type { RequestContext } from './requestContext.ts';
import type { Run } from './step.ts';
import { askEntra } from './steps/askEntra.ts';
import { claimDevice } from './steps/claimDevice.ts';
import { findLoginUser, type LoginUserOptions } from './steps/findLoginUser.ts';
import { listApps, type ListedApps } from './steps/listApps.ts';
import { lookUpDevice } from './steps/lookUpDevice.ts';

export interface IntuneNodeOptions {
  /** The node's name, as callers address it. */
  readonly name: string;
  /** Where to look for the device id. All of them are looked at; whatever they find must agree. */
  readonly sources: readonly DeviceIdSource[];
  readonly directory: DeviceDirectory;
  /** How many decisions run at once, over all nodes that share it. */
  readonly admission: Admission;
  /** Bounds everything one decision does, milliseconds. */
  readonly deadlineMs: number;
  /** Oldest answer that may be used, milliseconds; undefined for whatever the directory remembers. */
  readonly maxAnswerAgeMs?: number | undefined;
  readonly saveDeviceProperties: SavedProperties;
  readonly saveInstalledApps: 'off' | AppsFormat;
  /** Oldest check-in with Intune that is accepted, milliseconds; undefined for Intune's own threshold only. */
  readonly largestCheckInAgeMs: number | undefined;
  /** Where the login name stands, to compare it with the device's user; undefined to compare nothing. */
  readonly loginUser: LoginUserOptions | undefined;
  /** Ask Entra whether the device is enabled there. */
  readonly requireEnabledEntraDevice: boolean;
  /** The node's own view of some reasons. */
  readonly outcomes: ReasonOutcomes;
  /** Also write the Error entries under the two keys of Ping's node. */
  readonly pingErrorKeys: boolean;
  readonly scrub: Scrub;
  readonly now: () => number;
  readonly createId?: () => string;
}

export interface IntuneNode {
  readonly name: string;
  /** Never rejects: whatever happens is a decision. */
  decide(context: RequestContext, signal?: EndSignal): Promise<TracedDecision>;
  /**
   * The ids a context presents, in a fixed order, without asking anybody about them. Empty if it presents nothing, undefined if what it
   * presents does not count.
   */
  presentedIds(context: RequestContext, signal?: EndSignal): Promise<readonly DeviceId[] | undefined>;
}

/**
 * Creates a decision node. It keeps nothing between decisions: all state of one decision lives in its call.
 */
export function createIntuneNode(options: IntuneNodeOptions): IntuneNode {
  const { name, now, scrub, createId = randomUUID } = options;
  const assembly = { ...options, node: name, createId };

  async function decide(context: RequestContext, signal?: EndSignal): Promise<TracedDecision> {
    const startedAt = now();
    const trace: TraceStep[] = [];
    const note: Run['note'] =
      context.traced === true
        ? (step, finding) => void trace.push({ step, finding: scrub(finding), atMs: now() - startedAt })
        : undefined;
    const deadline = startDeadline(options.deadlineMs, now, signal);
    const leave = options.admission.enter();
    let finding: Finding;
    try {
      finding =
        leave === undefined
          ? { reason: 'overloaded' }
          : await runSteps(context, {
              deadline,
              asking: new Asking(options, context, deadline),
              now,
              scrub,
              note,
            });
    } catch (error) {
      finding = unexpected(error);
    } finally {
      deadline.end();
      leave?.();
    }
    const decision = assembleDecision(finding, now(), assembly);
    note?.('outcome', `${decision.outcome} (${decision.reason})`);
    return { decision, durationMs: now() - startedAt, trace };
  }

  /** The way of a decision, in order. */
  async function runSteps(context: RequestContext, run: Run): Promise<Finding> {
    const claimed = claimDevice(options.sources, context, run);
    const claim = claimed instanceof Promise ? await claimed : claimed;
    if ('end' in claim) return claim.end;
    const loginUser = findLoginUser(options.loginUser, context, run);
    if ('end' in loginUser) return loginUser.end;
    const { directory, saveDeviceProperties } = options;
    const looked = lookUpDevice(claim.go, directory, run);
    const found = looked instanceof Promise ? await looked : looked;
    if ('end' in found) return found.end;
    const { device, by, provenance } = found.go;
    const known = { device, claimed: by, warnings: warningsOf(provenance) };

    // Both only need the device, so neither waits for the other; and the apps may fail without taking the answer with them.
    const apps =
      options.saveInstalledApps === 'off'
        ? NO_APPS
        : listApps(device, options.saveInstalledApps, directory, run);
    const entra = options.requireEnabledEntraDevice ? await askEntra(device, directory, run) : NOT_ASKED;
    if ('end' in entra) return { ...known, evidence: evidenceOf(provenance, device, now()), ...entra.end };

    const reason = judgeDevice({
      device,
      loginUser: loginUser.go,
      entraDevice: entra.go.entraDevice,
      largestCheckInAgeMs: options.largestCheckInAgeMs,
      now: now(),
    });
    run.note?.('judge', reason);
    const { entries, warnings } = apps instanceof Promise ? await apps : apps;
    const basis = entra.go.provenance;
    return {
      ...known,
      reason,
      evidence: evidenceOf(basis === undefined ? provenance : olderOf(provenance, basis), device, now()),
      entries: { ...deviceEntries(device.properties, saveDeviceProperties, scrub), ...entries },
      warnings: [...known.warnings, ...(basis === undefined ? [] : warningsOf(basis)), ...warnings],
    };
  }

  async function presentedIds(
    context: RequestContext,
    signal?: EndSignal,
  ): Promise<readonly DeviceId[] | undefined> {
    const deadline = startDeadline(options.deadlineMs, now, signal);
    try {
      const claim = await claimDevice(options.sources, context, { now, deadline, note: undefined });
      if ('go' in claim) return claim.go.ids.map(({ id }) => id).toSorted();
      return claim.end.reason === 'noDeviceId' ? [] : undefined;
    } catch {
      return undefined;
    } finally {
      deadline.end();
    }
  }

  return { name, decide, presentedIds };
}

/** How the directory is asked in the name of one decision. The signal is made when somebody asks for it, so this is a class, too. */
class Asking implements DeviceLookupOptions {
  readonly deadline: number;
  readonly recheck: boolean;
  readonly maxAnswerAgeMs: number | undefined;
  readonly properties: WantedProperties;
  readonly #deadline: Deadline;

  constructor(
    { maxAnswerAgeMs, saveDeviceProperties }: IntuneNodeOptions,
    { recheck = false }: RequestContext,
    deadline: Deadline,
  ) {
    this.deadline = deadline.at;
    this.recheck = recheck;
    this.maxAnswerAgeMs = maxAnswerAgeMs;
    this.properties = saveDeviceProperties === 'off' ? 'none' : saveDeviceProperties;
    this.#deadline = deadline;
  }

  get signal(): EndSignal {
    return this.#deadline.signal;
  }
}

const NO_APPS: ListedApps = { entries: {}, warnings: [] };
const NOT_ASKED = { go: { entraDevice: 'notAsked', provenance: undefined } } as const;
