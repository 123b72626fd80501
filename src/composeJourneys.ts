import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { composeCertificates } from './composeCertificates.ts';
import type { RevocationParts } from './composeRevocation.ts';
import { composeScripts } from './composeScripts.ts';
import type { TenantSetup } from './config/gateConfig.ts';
import type { JourneysSetup } from './config/resolveJourneys.ts';
import { GateError } from './errors.ts';
import type { JourneySurface } from './http/am/journeySurface.ts';
import type { IdentityStore } from './identity/identityStore.ts';
import { createLockout, DEFAULT_ATTEMPT_RULE, type Lockout } from './identity/lockout.ts';
import type { MailSenders } from './identity/mailSender.ts';
import { createSecondFactors } from './identity/secondFactors.ts';
import type { JourneyOperations } from './journeys/journeyOperations.ts';
import type { AttemptStore } from './journeys/attemptStore.ts';
import { checkJourneys, createLookup, type CheckedJourneys } from './journeys/check/checkJourneys.ts';
import type { JourneyEvent } from './journeys/engine/journeyEvent.ts';
import { createJourneyEngine, type JourneyEngine } from './journeys/engine/journeyEngine.ts';
import { createMemoryAttemptStore } from './journeys/memory/memoryAttemptStore.ts';
import { createMemorySuspendedJourneys } from './journeys/memory/memorySuspendedJourneys.ts';
import { createMemoryUsedTokens } from './journeys/memory/memoryUsedTokens.ts';
import type { NodePorts } from './journeys/nodeContext.ts';
import type { NodeType } from './journeys/nodeType.ts';
import { NODE_TYPES } from './journeys/nodeTypes.ts';
import { createPingIntuneNodes, type PingIntuneNodesOptions } from './journeys/pingIntuneNodes.ts';
import { createAuthenticator } from './journeys/protocol/authenticator.ts';
import type { JourneyEnd } from './journeys/protocol/journeyEnd.ts';
import { scriptedTypes } from './journeys/scripted/scriptedTypes.ts';
import { createRunSealer } from './journeys/seal/runSealer.ts';
import type { SuspendedJourneys } from './journeys/suspendedJourneys.ts';
import type { UsedTokens } from './journeys/usedTokens.ts';
import { createMemorySessionRecords } from './sessions/memorySessionRecords.ts';
import { createFormTokens, type FormTokens } from './sessions/formTokens.ts';
import { createSessionKey, parseSessionKey, type SessionKey } from './sessions/sessionKeys.ts';
import type { SessionRecords } from './sessions/sessionRecords.ts';
import { createSessions } from './sessions/sessions.ts';
import { createSessionTokens } from './sessions/sessionTokens.ts';

/** What journeys remember beside what clients hold. It outlives a configuration that is read again. */
export interface JourneyMemory {
  readonly attempts: AttemptStore;
  readonly usedTokens: UsedTokens;
  readonly suspended: SuspendedJourneys;
  readonly sessionRecords: SessionRecords;
  /** Where none is configured. */
  readonly secret: Uint8Array;
  /** Where none is configured. */
  readonly sessionKey: SessionKey;
}

/** A memory that ends with the process. */
export function createJourneyMemory(now: () => number = Date.now): JourneyMemory {
  return {
    attempts: createMemoryAttemptStore(now),
    usedTokens: createMemoryUsedTokens(now),
    suspended: createMemorySuspendedJourneys(now),
    sessionRecords: createMemorySessionRecords(now),
    secret: randomBytes(32),
    sessionKey: createSessionKey(),
  };
}

export interface ComposeJourneysOptions extends Omit<
  PingIntuneNodesOptions,
  'tenants' | 'nodeFor' | 'from' | 'peers'
> {
  readonly tenants: Readonly<Record<string, TenantSetup>>;
  readonly logger: Logger;
  readonly identities: IdentityStore;
  readonly operations?: JourneyOperations | undefined;
  /** What counts failed codes; default: one of its own around the attempts of `identities`. */
  readonly lockout?: Lockout | undefined;
  readonly mail: MailSenders;
  /** Where evidence about revocation is looked for; default: nowhere. */
  readonly revocationOf?: RevocationParts['keeperFor'] | undefined;
  readonly memory: JourneyMemory;
  readonly onJourneyEnd?: ((end: JourneyEnd) => void) | undefined;
  /** Node types beside those of this engine. */
  readonly nodeTypes?: readonly NodeType[] | undefined;
}

export interface ComposedJourneys {
  readonly surface: JourneySurface;
  readonly checked: CheckedJourneys;
  readonly engine: JourneyEngine;
  readonly ports: NodePorts;
  readonly formTokens: FormTokens;
  /** Ends the threads and connections of scripts. */
  readonly close: () => Promise<void>;
}

/** Longest time one step may take, milliseconds: as long as clients wait for an answer. */
const STEP_DEADLINE_MS = 60_000;

/**
 * Puts journeys together: checks them, and wires the engine to what it asks.
 *
 * @throws GateError `configInvalid` if the default journey may not run
 */
export function composeJourneys(setup: JourneysSetup, options: ComposeJourneysOptions): ComposedJourneys {
  const { logger, now, identities, memory } = options;
  const scripts = composeScripts(setup, options);
  const intuneNodes = createPingIntuneNodes({ ...options, ...setup });
  const certificates = composeCertificates(setup, { now, revocationOf: options.revocationOf });
  const checked = checkJourneys(setup.read, {
    types: [
      ...NODE_TYPES,
      ...scriptedTypes(scripts.services, setup.designerNodes),
      ...(options.nodeTypes ?? []),
    ],
    findVariable: (name) => (Object.hasOwn(setup.variables, name) ? setup.variables[name] : undefined),
    intuneNodes,
    mail: options.mail,
    certificates,
  });
  if (setup.default !== undefined) refuseUnfit(setup.default, checked);

  const { realm } = setup;
  const lockout =
    options.lockout ?? createLockout({ attempts: identities.attempts, rule: DEFAULT_ATTEMPT_RULE, now });
  const ports: NodePorts = {
    identities,
    attempts: memory.attempts,
    intuneNodes,
    operations: options.operations,
    mail: options.mail,
    certificates,
    secondFactors: createSecondFactors({ store: identities, lockout, now }),
  };
  const keys = setup.sessions.keyPems.map(parseSessionKey);
  const tokens = createSessionTokens({
    keys: keys.length === 0 ? [memory.sessionKey] : keys,
    issuer: setup.publicUrl ?? 'urn:intune-gate',
    realm,
    now,
  });
  const sessions = createSessions({
    tokens,
    records: memory.sessionRecords,
    realm,
    maxMinutes: setup.sessions.maxMinutes,
    idleMinutes: setup.sessions.idleMinutes,
    now,
  });
  const engine = createJourneyEngine({
    journeys: checked.runnable,
    lookup: createLookup(checked.set),
    realm,
    ports,
    maxMinutes: setup.maxMinutes,
    suspendMinutes: setup.suspendMinutes,
    nodeDeadlineMs: setup.nodeDeadlineMs,
    stepDeadlineMs: STEP_DEADLINE_MS,
    resumeUrl: setup.resumeUrl,
    now,
    onEvent: (event) => logEvent(logger, event),
  });
  const secrets = setup.secrets.map((secret) => Buffer.from(secret));
  const authenticator = createAuthenticator({
    journeys: checked.runnable,
    defaultJourney: setup.default,
    engine,
    sealer: createRunSealer({ secrets: secrets.length === 0 ? [memory.secret] : secrets, realm, now }),
    sessions,
    usedTokens: memory.usedTokens,
    suspended: memory.suspended,
    ports,
    realm,
    successUrl: setup.successUrl,
    onEnd(end) {
      logger.info(end, 'journey ended');
      options.onJourneyEnd?.(end);
    },
  });
  return {
    checked,
    engine,
    ports,
    formTokens: createFormTokens(secrets.length === 0 ? [memory.secret] : secrets),
    close: scripts.close,
    surface: {
      authenticator,
      sessions,
      tokens,
      cookie: {
        name: setup.sessions.cookieName,
        secure: setup.sessions.cookieSecure,
        sameSite: setup.sessions.cookieSameSite,
        domain: setup.sessions.cookieDomain,
      },
      realm,
      publicUrl: setup.publicUrl,
      corsOrigins: setup.corsOrigins,
    },
  };
}

function refuseUnfit(name: string, { findings, runnable }: CheckedJourneys): void {
  if (runnable.has(name)) return;
  const reasons = findings
    .filter(({ severity, tree }) => severity === 'error' && (tree === name || tree === null))
    .map(({ file, path, message }) => `  ${file}${path}: ${message}`);
  throw new GateError(
    'configInvalid',
    [
      `the default journey ${name} may not run:`,
      ...(reasons.length === 0 ? ['  there is none'] : reasons),
    ].join('\n'),
  );
}

function logEvent(logger: Logger, event: JourneyEvent): void {
  switch (event.type) {
    case 'nodePassed':
      logger.debug(event, 'node passed');
      break;
    case 'nodeFailed': {
      const { cause, ...facts } = event;
      logger.warn({ ...facts, err: cause }, 'node failed');
      break;
    }
  }
}
