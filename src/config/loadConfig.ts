import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { GateError } from '../errors.ts';
import { fileState } from '../fileState.ts';
import { listenersOf } from './checkListeners.ts';
import { ConfigError, type ConfigProblem } from './configProblem.ts';
import { tenantSchema, type ConfigFile } from './configSchema.ts';
import { type Environment, parseFlag } from './environment.ts';
import type { GateConfig, NodeSetup } from './gateConfig.ts';
import { parseConfig, withLines } from './parseConfig.ts';
import { createResolution, describeFileError, type Resolution } from './resolution.ts';
import { resolveAnswers } from './resolveAnswers.ts';
import { resolveEvents } from './resolveEvents.ts';
import { resolveListener } from './resolveListener.ts';
import { resolveFollow } from './resolveFollow.ts';
import { resolveIdentity } from './resolveIdentity.ts';
import { resolveMail } from './resolveMail.ts';
import { resolveJourneys, type JourneysSetup } from './resolveJourneys.ts';
import { resolvePages } from './resolvePages.ts';
import { resolveRedis } from './resolveRedis.ts';
import { resolveExceptions } from './resolveExceptions.ts';
import { resolvePolicies } from './resolvePolicies.ts';
import { resolveNode } from './resolveNode.ts';
import { resolveTelemetry } from './resolveTelemetry.ts';
import { resolveTenant } from './resolveTenant.ts';

/**
 * Reads the configuration file and everything it names. Nothing is started and no network is used. `now`, by default `Date.now`,
 * tells which certificates have expired.
 *
 * @throws ConfigError with every mistake found; GateError `configUnreadable` if the file itself cannot be read
 */
export function loadConfig(file: string, environment: Environment, now: () => number = Date.now): GateConfig {
  const files = new Map([[resolve(file), fileState(file)]]);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readEnding(file));
  } catch (error) {
    throw new GateError('configUnreadable', `${file} cannot be read: ${describeFileError(error)}`, {
      cause: error,
    });
  }
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new ConfigError(file, parsed.problems, files);

  const problems: ConfigProblem[] = [];
  const warnings: ConfigProblem[] = [];
  const secrets: string[] = [];
  const folder = dirname(resolve(file));
  const resolution = createResolution({ folder, environment, now, problems, warnings, secrets, files });
  const config = resolveConfig(parsed.file, resolution);
  if (problems.length > 0) throw new ConfigError(file, withLines(problems, parsed.lineOf), files);
  return deepFreeze({
    ...config,
    secrets,
    files,
    warnings: [...parsed.warnings, ...withLines(warnings, parsed.lineOf)],
  });
}

/** A pipe of the shell is welcome here; what never ends is not. @throws Error with the code of the file system */
function readEnding(file: string): Buffer {
  const facts = statSync(file);
  if (facts.isCharacterDevice() || facts.isBlockDevice()) {
    throw Object.assign(new Error('a device'), { code: 'ENOTSUP' });
  }
  return readFileSync(file);
}

function resolveConfig(
  file: ConfigFile,
  resolution: Resolution,
): Omit<GateConfig, 'secrets' | 'files' | 'warnings'> {
  const enabled = parseFlag(resolution.environment['INTUNE_ENABLED']);
  if (enabled === false) {
    resolution.problem(
      [],
      'the environment variable INTUNE_ENABLED is false: the gate does not run without Intune, as it would have to let devices through unseen',
    );
  } else if (enabled === 'invalid') {
    resolution.problem([], 'the environment variable INTUNE_ENABLED is neither true nor false');
  }
  // A node that names no tenant means `default`, which the environment alone may describe.
  const tenants: ConfigFile['tenants'] = Object.values(file.nodes).some(({ tenant }) => tenant === 'default')
    ? { default: tenantSchema.parse({}), ...file.tenants }
    : file.tenants;
  const nodes = mapValues(file.nodes, (node, name) => resolveNode(node, name, resolution));
  const journeys = resolveJourneys(file.journeys, resolution);
  const authorities = clientAuthoritiesOf(nodes, journeys);
  const policies = resolvePolicies(file, resolution);
  const answers = resolveAnswers(file.answers, resolution);
  return {
    listeners: listenersOf(file).map(([at, listener]) =>
      resolveListener(listener, at, authorities, resolution),
    ),
    tenants: mapValues(tenants, (tenant, name) => resolveTenant(tenant, name, resolution)),
    follow: resolveFollow(tenants, answers, resolution),
    nodes,
    answers,
    operations: file.operations,
    redis: resolveRedis(file.redis, resolution),
    callers: file.callers,
    proxies: file.proxies,
    policies,
    stepUp: file.stepUp,
    exceptions: resolveExceptions(file.exceptions, policies, resolution),
    pages: resolvePages(file.pages, resolution),
    identity: resolveIdentity(file.identity, resolution),
    mailServers: resolveMail(file.mail, resolution),
    journeys,
    events: resolveEvents(file.events, journeys, resolution),
    telemetry: resolveTelemetry(file.telemetry, resolution),
    limits: file.limits,
    log: file.log,
  };
}

/** Whose certificates a device that connects by itself may show, for any node, or for a node of a journey. */
function clientAuthoritiesOf(
  nodes: Readonly<Record<string, NodeSetup>>,
  journeys: JourneysSetup | undefined,
): readonly string[] {
  const trusts = Object.values(nodes)
    .flatMap(({ deviceId }) => deviceId)
    .flatMap((source) => (source.source === 'connection' ? [source.trust] : []))
    .concat(journeys?.certificates?.trust ?? []);
  return [...new Set(trusts.flatMap(({ anchors, intermediates }) => [...anchors, ...intermediates]))];
}

function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  map: (value: A, key: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value) && !ArrayBuffer.isView(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
