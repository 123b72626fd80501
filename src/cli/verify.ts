import { composeGate } from '../compose.ts';
import type { GateConfig, TenantSetup } from '../config/gateConfig.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { GateError } from '../errors.ts';
import { withinTimeLimit } from '../timeLimit.ts';
import { createLogger } from '../http/logging.ts';
import { parseGuid } from '../node/deviceId.ts';
import type { Check } from '../verify/check.ts';
import type { VerifyNeeds } from '../verify/verifyNeeds.ts';
import { verifyTenant } from '../verify/verifyTenant.ts';
import type { Reason } from '../outcomes/reason.ts';
import type { Command, ExitCode } from './command.ts';
import { escapeControls, escapeControlsByLine } from './escapeControls.ts';
import { parseOptions, required } from './parseOptions.ts';

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'check an Intune setup from token to device, and say who must fix what',
  help: `
Usage: intune-gate verify --config FILE [--tenant NAME] [--device-id ID] [--timeout SECONDS] [--json]

Asks Entra for a token, reads its permissions, asks Intune for a device, and reads what else the nodes of the configuration need.
Without --device-id an id is made up, and "not found" is the good answer.

Exit codes: 0 all good (warnings allowed), 1 something must be fixed, 2 usage or configuration, 3 Microsoft cannot be reached.
`,
  async run(args, io) {
    const { values } = parseOptions(args, {
      config: { type: 'string', short: 'c' },
      tenant: { type: 'string' },
      'device-id': { type: 'string' },
      timeout: { type: 'string', default: '30' },
      json: { type: 'boolean' },
    });
    const deviceId = values['device-id'] === undefined ? undefined : parseGuid(values['device-id']);
    if (values['device-id'] !== undefined && deviceId === undefined) {
      throw new GateError('usage', '--device-id must be a GUID');
    }
    const seconds = Number(values.timeout);
    if (!(seconds > 0 && seconds <= 600))
      throw new GateError('usage', '--timeout is a number of seconds, at most 600');
    const config = loadConfig(required(values.config, '--config FILE'), io.environment);
    const gate = composeGate(config, { logger: createLogger('silent') });
    const names = [...gate.tenants.keys()].filter(
      (name) => values.tenant === undefined || values.tenant === name,
    );
    if (names.length === 0) throw new GateError('usage', `there is no tenant ${values.tenant ?? ''}`);
    const results: Record<string, readonly Check[]> = {};
    try {
      for (const name of names) {
        io.err(`Checking tenant ${name} …\n`);
        const tenant = gate.tenants.get(name);
        const setup = config.tenants[name];
        if (tenant === undefined || setup === undefined) continue;
        const needs = needsOf(config, name, setup, deviceId);
        const deadline = Date.now() + seconds * 1000;
        results[name] = await withinTimeLimit(seconds * 1000, io.stopped, (signal) =>
          verifyTenant(tenant, needs, { signal, deadline }),
        );
      }
    } finally {
      await gate.close();
    }
    io.out(
      values.json === true
        ? `${escapeControlsByLine(JSON.stringify(results, null, 2))}\n`
        : Object.entries(results).map(describe).join('\n'),
    );
    return exitCodeOf(Object.values(results).flat());
  },
};

function needsOf(
  config: GateConfig,
  tenant: string,
  setup: TenantSetup,
  deviceId: VerifyNeeds['deviceId'],
): VerifyNeeds {
  const nodes = Object.values(config.nodes).filter((node) => node.tenant === tenant);
  return {
    authority: setup.authority,
    graph: setup.graph,
    credentialKind: setup.credential.kind,
    deviceId,
    entraDevice: nodes.some((node) => node.requireEnabledEntraDevice),
    installedApps: nodes.some((node) => node.saveInstalledApps !== 'off'),
  };
}

const MARKS = { good: 'ok     ', failed: 'FAILED ', warning: 'WARNING', skipped: 'skipped' } as const;

function describe([tenant, checks]: readonly [string, readonly Check[]]): string {
  return [
    `Tenant ${tenant}`,
    ...checks.flatMap((check) => [
      `  ${MARKS[check.status]}  ${check.name}: ${check.finding}`,
      ...(check.reason === undefined ? [] : [`             reason: ${check.reason}`]),
      ...(check.causes ?? []).flatMap(({ cause, who, todo, decidedBy }, index, causes) => [
        `             ${causes.length > 1 ? `possible cause ${index + 1}` : 'cause'}: ${cause}`,
        ...(decidedBy === undefined ? [] : [`               told by: ${decidedBy}`]),
        `               who: ${who}`,
        `               to do: ${todo}`,
      ]),
    ]),
    '',
  ]
    .map(escapeControls)
    .join('\n');
}

/** Failures that lie with the network or with Microsoft, not with the set-up. */
const NOT_THE_SETUP: ReadonlySet<Reason> = new Set([
  'throttled',
  'upstreamUnreachable',
  'upstreamUnavailable',
  'timeout',
  'malformedAnswer',
]);

function exitCodeOf(checks: readonly Check[]): ExitCode {
  const failures = checks.filter(({ status }) => status === 'failed');
  if (failures.length === 0) return 0;
  return failures.every(({ reason }) => reason !== undefined && NOT_THE_SETUP.has(reason)) ? 3 : 1;
}
