import { readFileSync } from 'node:fs';
import { composeGate, type Gate } from '../compose.ts';
import type { GateConfig } from '../config/gateConfig.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { GateError } from '../errors.ts';
import { parseDecisionRequest, type DecisionRequest } from '../http/decisionRequest.ts';
import { createLogger } from '../http/logging.ts';
import { parseStrictJson } from '../strictJson.ts';
import type { TracedDecision } from '../node/decision.ts';
import { isUpstream, REASONS } from '../outcomes/reason.ts';
import type { Command, ExitCode, Io } from './command.ts';
import { escapeControls, escapeControlsByLine } from './escapeControls.ts';
import { parseOptions, required } from './parseOptions.ts';

export const decideCommand: Command = {
  name: 'decide',
  summary: 'make one decision and explain it step by step',
  help: `
Usage: intune-gate decide --config FILE --device-id ID [--node NAME] [--json]
       intune-gate decide --config FILE --context FILE [--caller NAME] [--node NAME] [--json]

--device-id ID   decide about this device (a GUID, or a name with one CN), whatever the node's sources are
--context FILE   decide on a request context: the body of POST /v1/decisions as JSON; - reads it from stdin
--caller NAME    the caller that is assumed to deliver the context; default: the only one that may ask the node
--node NAME      the node to ask; default: the one in the context, else "default", else the only one
--json           print the decision and its trace as JSON

Exit codes: 0 Compliant, 1 any other answer, 2 usage or configuration, 3 Error because of Microsoft or the way there.
`,
  async run(args, io) {
    const { values } = parseOptions(args, {
      config: { type: 'string', short: 'c' },
      'device-id': { type: 'string' },
      context: { type: 'string' },
      caller: { type: 'string' },
      node: { type: 'string' },
      json: { type: 'boolean' },
    });
    const deviceId = values['device-id'];
    if ((deviceId === undefined) === (values.context === undefined)) {
      throw new GateError('usage', 'say either --device-id ID or --context FILE');
    }
    const config = loadConfig(required(values.config, '--config FILE'), io.environment);
    const gate = composeGate(config, { logger: createLogger('silent') });
    try {
      const traced =
        deviceId === undefined
          ? await decideOnContext(gate, config, await readContext(values.context ?? '', io), values, io)
          : await decideOnDevice(gate, config, deviceId, values.node, io);
      io.out(values.json === true ? `${toJson(traced)}\n` : explain(traced));
      return exitCodeOf(traced);
    } finally {
      await gate.close();
    }
  },
};

async function decideOnDevice(
  gate: Gate,
  config: GateConfig,
  deviceId: string,
  nodeName: string | undefined,
  io: Io,
): Promise<TracedDecision> {
  const name = chooseNode(config, nodeName);
  const context = {
    caller: 'operator',
    headers: [],
    peerAddress: undefined,
    sharedState: {},
    traced: true,
  };
  return gate.nodeForOperator(name, deviceId).decide(context, io.stopped);
}

async function decideOnContext(
  gate: Gate,
  config: GateConfig,
  { request, namesNode }: { readonly request: DecisionRequest; readonly namesNode: boolean },
  options: { readonly node?: string | undefined; readonly caller?: string | undefined },
  io: Io,
): Promise<TracedDecision> {
  const name = chooseNode(config, options.node ?? (namesNode ? request.node : undefined));
  const callers = config.callers.filter(({ nodes }) => nodes.includes(name)).map((caller) => caller.name);
  const [only, ...others] = callers;
  const caller = options.caller ?? (others.length === 0 ? only : undefined);
  if (caller === undefined) {
    throw new GateError(
      'usage',
      `--caller NAME is required: ${callers.length === 0 ? 'no caller' : callers.join(', ')} may ask node ${name}`,
    );
  }
  if (!callers.includes(caller)) throw new GateError('usage', `caller ${caller} may not ask node ${name}`);
  const node = gate.nodes.get(name);
  if (node === undefined) throw new GateError('usage', `there is no node ${name}`);
  return node.decide({ ...request.context, caller, traced: true }, io.stopped);
}

function chooseNode(config: GateConfig, wanted: string | undefined): string {
  const names = Object.keys(config.nodes);
  const name = wanted ?? (names.includes('default') ? 'default' : names.length === 1 ? names[0] : undefined);
  if (name === undefined)
    throw new GateError('usage', `--node NAME is required; there are ${names.join(', ')}`);
  if (!names.includes(name))
    throw new GateError('usage', `there is no node ${name}; there are ${names.join(', ')}`);
  return name;
}

async function readContext(
  file: string,
  io: Io,
): Promise<{ readonly request: DecisionRequest; readonly namesNode: boolean }> {
  let bytes: Uint8Array;
  try {
    bytes = file === '-' ? Buffer.from(await io.readInput()) : readFileSync(file);
  } catch (error) {
    throw new GateError('usage', `${file} cannot be read`, { cause: error });
  }
  const json = parseStrictJson(bytes);
  if (!json.ok) throw new GateError('usage', `${file}: ${json.detail}`);
  const parsed = parseDecisionRequest(json.value);
  if (!parsed.ok) {
    throw new GateError(
      'usage',
      parsed.errors.map(({ pointer, detail }) => `${file}: ${pointer || '/'} ${detail}`).join('\n'),
    );
  }
  return { request: parsed.value, namesNode: Object.hasOwn(json.value as object, 'node') };
}

/** JSON leaves some of what steers a terminal as it is; in its strings an escape means the same. */
function toJson(traced: TracedDecision): string {
  return escapeControlsByLine(JSON.stringify(traced, null, 2));
}

function explain({ decision, trace, durationMs }: TracedDecision): string {
  const { remedy } = REASONS[decision.reason];
  const width = Math.max(...trace.map(({ step }) => step.length));
  return [
    `Node ${decision.node}`,
    ...trace.map(
      ({ step, finding, atMs }) => `  ${String(atMs).padStart(5)} ms  ${step.padEnd(width)}  ${finding}`,
    ),
    '',
    `${decision.outcome}: ${decision.message}`,
    ...(decision.evidence.lastSyncDateTime === null
      ? []
      : [`Last check-in: ${decision.evidence.lastSyncDateTime}`]),
    ...decision.warnings.map(({ message }) => `Warning: ${message}`),
    ...(decision.outcome === 'Compliant' ? [] : [`What to do: ${remedy}`]),
    ...Object.entries(decision.sharedState).map(([key, value]) => `  ${key} = ${value.split('\n')[0]}`),
    `Decided in ${durationMs} ms, id ${decision.decisionId}`,
    '',
  ]
    .map(escapeControls)
    .join('\n');
}

function exitCodeOf({ decision }: TracedDecision): ExitCode {
  if (decision.outcome === 'Compliant') return 0;
  return decision.outcome === 'Error' && isUpstream(decision.reason) ? 3 : 1;
}
