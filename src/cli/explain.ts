import { setTimeout as sleep } from 'node:timers/promises';
import { composeGate } from '../compose.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { GateError } from '../errors.ts';
import { toWire, type WireRun } from '../history/wireRun.ts';
import { createLogger } from '../http/logging.ts';
import { parseGuid, type DeviceId } from '../node/deviceId.ts';
import { REASONS } from '../outcomes/reason.ts';
import type { Command, Io } from './command.ts';
import { escapeControls } from './escapeControls.ts';
import { callGate, GATE_API_HELP, GATE_API_OPTIONS, parseGateApi, refusalOf } from './gateApi.ts';
import { parseOptions } from './parseOptions.ts';
import { parseMoment } from './parseMoment.ts';

export const explainCommand: Command = {
  name: 'explain',
  summary: 'say why a device got in, or why not, and since when',
  help: `
Usage: intune-gate explain --url URL --key-file FILE [OPTIONS] DEVICE
       intune-gate explain --config FILE [OPTIONS] DEVICE

Shows what was decided about DEVICE (its Intune or Entra id): each run of decisions that said the same, with its first and last moment.
A running gate is asked for it (--url), by a caller with \`history: read\`; or, where replicas share Redis, the Redis of a configuration.

${GATE_API_HELP}
--config FILE     the configuration of the gate; it needs \`redis\`
--since WHEN      leave out what ended before: a date (2026-11-17), a time (2026-11-17T08:00), or how long ago (36h, 7d)
--time-zone ZONE  such as Europe/Berlin; default: that of this machine. WHEN without a zone is in it
--json            print JSON; times are UTC

Examples:
  intune-gate explain --url https://gate.example --key-file helpdesk.key --since 7d f61d1ad8-3f0c-4a6c-9d0e-2f1f6c2d0001
  intune-gate explain --config gate.yaml --since 2026-11-17 --time-zone Europe/Berlin f61d1ad8-3f0c-4a6c-9d0e-2f1f6c2d0001

Exit codes: 0 there is a history, 1 there is none, 2 usage or configuration, 3 the gate or Redis cannot be asked.
`,
  async run(args, io) {
    const { values, positionals } = parseOptions(
      args,
      {
        ...GATE_API_OPTIONS,
        config: { type: 'string', short: 'c' },
        since: { type: 'string' },
        'time-zone': { type: 'string' },
        json: { type: 'boolean' },
      },
      true,
    );
    const deviceId = parseDevice(positionals);
    const zone = parseZone(values['time-zone']);
    const since = values.since === undefined ? 0 : parseMoment(values.since, zone, Date.now());
    if ((values.url === undefined) === (values.config === undefined)) {
      throw new GateError('usage', 'say either --url URL or --config FILE');
    }
    const all =
      values.config === undefined
        ? await askGate(deviceId, values, io)
        : await askRedis(deviceId, values.config, io);
    const runs = all.filter(({ lastAt }) => Date.parse(lastAt) >= since);
    if (values.json === true) io.out(`${JSON.stringify({ deviceId, runs }, null, 2)}\n`);
    else io.out(tell(deviceId, runs, zone));
    return runs.length === 0 ? 1 : 0;
  },
};

async function askGate(
  deviceId: DeviceId,
  values: Parameters<typeof parseGateApi>[0],
  io: Io,
): Promise<readonly WireRun[]> {
  const answer = await callGate(parseGateApi(values, io.stopped), 'GET', `/v1/history/${deviceId}`);
  if (answer.status !== 200) {
    throw new GateError(answer.status >= 500 ? 'gateUnreachable' : 'usage', refusalOf(answer));
  }
  const { runs, complete } = answer.body as { runs: readonly WireRun[]; complete: boolean };
  if (!complete) {
    io.err('intune-gate explain: replicas cannot be asked together now; this is what one of them knows\n');
  }
  return runs;
}

/** How long the connection to Redis may take, and how often it is looked for. */
const CONNECT_MS = 5_000;
const LOOK_MS = 50;

async function askRedis(deviceId: DeviceId, file: string, io: Io): Promise<readonly WireRun[]> {
  const config = loadConfig(file, io.environment);
  const { redis, events } = config;
  if (events?.history === undefined)
    throw new GateError('usage', `${file} keeps no history (events.history)`);
  if (redis === undefined) {
    throw new GateError(
      'usage',
      `${file} names no redis: the history is in the memory of the gate, which --url asks`,
    );
  }
  const gate = composeGate(config, { logger: createLogger('silent') });
  try {
    gate.replicas?.start();
    const shared = gate.replicas?.history(events.history);
    const until = performance.now() + CONNECT_MS;
    for (;;) {
      const runs = await shared?.find(deviceId);
      if (runs !== undefined) return runs.map(toWire);
      if (performance.now() > until || io.stopped.aborted) {
        throw new GateError('gateUnreachable', 'Redis cannot be asked');
      }
      await sleep(LOOK_MS);
    }
  } finally {
    await gate.close();
  }
}

function parseDevice(positionals: readonly string[]): DeviceId {
  const [text = '', ...others] = positionals;
  const deviceId = parseGuid(text);
  if (deviceId === undefined || others.length > 0) {
    throw new GateError('usage', 'say which DEVICE: its Intune or Entra id, a GUID');
  }
  return deviceId;
}

/** @returns a time zone that is known here */
function parseZone(text: string | undefined): string {
  const zone = text ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch (error) {
    throw new GateError('usage', `there is no time zone ${zone}`, { cause: error });
  }
}

function tell(deviceId: string, runs: readonly WireRun[], zone: string): string {
  if (runs.length === 0) return `Nothing is known of ${deviceId}.\n`;
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const day = new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short' });
  const at = (text: string): string => {
    const moment = new Date(text);
    return `${day.format(moment)} ${format.format(moment)}`;
  };
  return [
    `Device ${deviceId}, times in ${zone}`,
    ...runs.flatMap(({ node, outcome, reason, firstAt, lastAt, firstDecisionId, user }) => [
      `${at(firstAt)} to ${at(lastAt)}  ${outcome} (${reason}) at node ${node}${user === null ? '' : `, ${user}`}`,
      `    ${REASONS[reason].meaning}`,
      ...(outcome === 'Compliant' ? [] : [`    What to do: ${REASONS[reason].remedy}`]),
      `    first decision ${firstDecisionId}`,
    ]),
    '',
  ]
    .map(escapeControls)
    .join('\n');
}
