import { randomUUID } from 'node:crypto';
import type { Reason } from '../outcomes/reason.ts';
import type { ReasonOutcomes } from '../outcomes/reasonOutcomes.ts';
import { appEntries, type AppsFormat } from '../sharedState/appEntries.ts';
import { deviceEntries, type SavedProperties } from '../sharedState/deviceEntries.ts';
import type { Scrub } from '../sharedState/scrub.ts';
import type { StateEntries } from '../sharedState/stateEntries.ts';
import type { Admission } from './admission.ts';
import { assembleDecision, evidenceOf, sentence, type Finding } from './assembleDecision.ts';
import { DeadlinePassed, startDeadline, type Deadline } from './deadline.ts';
import type { Decision, TracedDecision, TraceStep } from './decision.ts';
import type { DeviceDirectory, Lookup, LookupFailure } from './deviceDirectory.ts';
import type { DeviceIdSource, PresentedDeviceId } from './deviceIdSource.ts';
import { identifyDevice, type Identification } from './identifyDevice.ts';
import { judgeDevice, type DeviceFacts } from './judgeDevice.ts';
import type { ManagedDevice } from './managedDevice.ts';
import { reconcileIds, type DeviceClaim } from './reconcileIds.ts';
import type { RequestContext } from './requestContext.ts';

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

export interface LoginUserOptions {
  readonly key: string;
  /** Appended as `@domain` to a login name that has none. */
  readonly domain: string | undefined;
}

export interface IntuneNode {
  readonly name: string;
  /** Never rejects: whatever happens is a decision. */
  decide(context: RequestContext, signal?: AbortSignal): Promise<TracedDecision>;
}

type Note = (step: string, finding: string) => void;

/** A step either hands on what it made or ends the decision. */
type Step<T> = { readonly go: T } | { readonly end: Finding };

/**
 * Creates a decision node. It keeps nothing between decisions: all state of one decision lives in its call.
 */
export function createIntuneNode(options: IntuneNodeOptions): IntuneNode {
  const { name, now, scrub, createId = randomUUID } = options;

  async function decide(context: RequestContext, signal?: AbortSignal): Promise<TracedDecision> {
    const startedAt = now();
    const trace: TraceStep[] = [];
    const note: Note = (step, finding) => {
      trace.push({ step, finding: scrub(finding), atMs: now() - startedAt });
    };
    const deadline = startDeadline(options.deadlineMs, now, signal);
    const leave = options.admission.enter();
    let finding: Finding;
    try {
      finding = leave === undefined ? { reason: 'overloaded' } : await runSteps(context, deadline, note);
    } catch (error) {
      finding = unexpected(error);
    } finally {
      deadline.end();
      leave?.();
    }
    const decision = assembleDecision(finding, now(), { node: name, createId, ...options });
    note('outcome', `${decision.outcome} (${decision.reason})`);
    return { decision, trace, durationMs: now() - startedAt };
  }

  /** The way of a decision, in order. */
  async function runSteps(context: RequestContext, deadline: Deadline, note: Note): Promise<Finding> {
    const claim = claimDevice(context, note);
    if ('end' in claim) return claim.end;
    const loginUser = findLoginUser(context, note);
    if ('end' in loginUser) return loginUser.end;
    const identified = await identify(claim.go, deadline, note);
    if ('end' in identified) return identified.end;
    const { device, by, provenance } = identified.go;
    const known = { device, claimed: by, evidence: evidenceOf(provenance, device, now()) };

    // Both only need the device, so neither waits for the other; and the apps may fail without taking the answer with them.
    const apps = listApps(device, deadline, note);
    const entra = await askEntra(device, deadline, note);
    if ('end' in entra) return { ...known, ...entra.end };
    const reason = judgeDevice({
      device,
      loginUser: loginUser.go,
      entraDevice: entra.go,
      largestCheckInAgeMs: options.largestCheckInAgeMs,
      now: now(),
    });
    note('judge', reason);
    const { entries, warnings } = await apps;
    return {
      ...known,
      reason,
      entries: { ...deviceEntries(device.properties, options.saveDeviceProperties), ...entries },
      warnings,
    };
  }

  function claimDevice(context: RequestContext, note: Note): Step<DeviceClaim> {
    const presented: PresentedDeviceId[] = [];
    let refusal: Finding | undefined;
    for (const source of options.sources) {
      const finding = source.find(context, now());
      switch (finding.found) {
        case 'nothing':
          note(source.label, 'nothing presented');
          break;
        case 'refused':
          note(source.label, `refused: ${finding.reason}, ${finding.detail}`);
          refusal ??= { reason: finding.reason, detail: finding.detail };
          break;
        case 'ids':
          note(source.label, finding.ids.map(({ id, kind }) => `${id} (${kind})`).join(', '));
          presented.push(...finding.ids);
          break;
      }
    }
    if (refusal !== undefined) return { end: refusal };
    if (presented.length === 0) return { end: { reason: 'noDeviceId' } };
    const claim = reconcileIds(presented);
    if (claim === undefined)
      return { end: { reason: 'deviceIdConflict', detail: 'the sources do not agree' } };
    return { go: claim };
  }

  function findLoginUser(context: RequestContext, note: Note): Step<string | undefined> {
    if (options.loginUser === undefined) return { go: undefined };
    const { key, domain } = options.loginUser;
    const value = Object.hasOwn(context.sharedState, key) ? context.sharedState[key] : undefined;
    if (typeof value !== 'string' || value.trim() === '') {
      note('login user', 'missing');
      return { end: { reason: 'loginUserMissing', detail: `no text under the key ${key}` } };
    }
    return { go: domain === undefined || value.includes('@') ? value : `${value}@${domain}` };
  }

  async function identify(
    claim: DeviceClaim,
    deadline: Deadline,
    note: Note,
  ): Promise<Step<Identification & { is: 'device' }>> {
    const found = await deadline.bound(
      identifyDevice(claim, options.directory, {
        signal: deadline.signal,
        deadline: deadline.at,
        properties: options.saveDeviceProperties === 'off' ? 'none' : options.saveDeviceProperties,
      }),
    );
    switch (found.is) {
      case 'device':
        note('find device', `found in ${found.provenance.source}, state ${found.device.complianceState}`);
        return { go: found };
      case 'notFound':
        note('find device', 'Intune does not know it');
        return {
          end: {
            reason: 'deviceNotFound',
            claimed: found.by,
            evidence: evidenceOf(found.provenance, undefined, now()),
          },
        };
      case 'refused':
        note('find device', found.detail);
        return { end: { reason: found.reason, detail: found.detail, ...claimedOf(claim) } };
      case 'failed':
        note('find device', `${found.failure.reason}: ${found.failure.detail}`);
        return { end: { ...fromFailure(found.failure), ...claimedOf(claim) } };
    }
  }

  async function askEntra(
    device: ManagedDevice,
    deadline: Deadline,
    note: Note,
  ): Promise<Step<DeviceFacts['entraDevice']>> {
    if (!options.requireEnabledEntraDevice) return { go: 'notAsked' };
    if (device.azureADDeviceId === undefined) return { go: 'absent' };
    const found = await deadline.bound(
      options.directory.findEntraDevice(device.azureADDeviceId, {
        signal: deadline.signal,
        deadline: deadline.at,
      }),
    );
    if (!found.ok) {
      note('Entra device', `${found.reason}: ${found.detail}`);
      return { end: fromFailure(found) };
    }
    const entraDevice = found.value ?? 'absent';
    note(
      'Entra device',
      entraDevice === 'absent' ? 'absent' : entraDevice.accountEnabled ? 'enabled' : 'disabled',
    );
    return { go: entraDevice };
  }

  async function listApps(
    device: ManagedDevice,
    deadline: Deadline,
    note: Note,
  ): Promise<{ entries: StateEntries; warnings: Decision['warnings'] }> {
    const format = options.saveInstalledApps;
    if (format === 'off') return { entries: {}, warnings: [] };
    let found: Lookup<readonly { readonly displayName: string }[]>;
    try {
      found = await deadline.bound(
        options.directory.listDetectedApps(device.id, { signal: deadline.signal, deadline: deadline.at }),
      );
    } catch (error) {
      const { reason, detail } = unexpected(error);
      note('installed apps', reason);
      return { entries: {}, warnings: [warning(reason, detail)] };
    }
    if (!found.ok) {
      note('installed apps', `${found.reason}: ${found.detail}`);
      return { entries: {}, warnings: [warning(found.reason, found.detail)] };
    }
    note('installed apps', `${found.value.length} listed`);
    return {
      entries: appEntries(
        found.value.map((app) => app.displayName),
        format,
      ),
      warnings: [],
    };
  }

  function warning(reason: Reason, detail: string | undefined): Decision['warnings'][number] {
    return { reason, message: scrub(`The installed apps could not be read. ${sentence(reason, detail)}`) };
  }

  return { name, decide };
}

function claimedOf(claim: DeviceClaim): Pick<Finding, 'claimed'> {
  const [first] = claim.ids;
  return first === undefined ? {} : { claimed: first };
}

function fromFailure(failure: LookupFailure): Finding {
  return {
    reason: failure.reason,
    detail: failure.detail,
    cause: failure.cause,
    ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
  };
}

function unexpected(error: unknown): Finding {
  const cause = error instanceof Error ? error : new Error('something that is no Error was thrown');
  return error instanceof DeadlinePassed
    ? { reason: 'timeout', detail: error.message, cause }
    : { reason: 'internalError', detail: cause.name, cause };
}
