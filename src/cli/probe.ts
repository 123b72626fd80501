import { readFileSync } from 'node:fs';
import type { GateConfig } from '../config/gateConfig.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { GateError } from '../errors.ts';
import type { Command } from './command.ts';
import { escapeControls } from './escapeControls.ts';
import { parseOptions, required } from './parseOptions.ts';
import {
  askFrontDoor,
  judgeProbe,
  type FrontDoor,
  type FrontDoorAnswer,
  type ProbeFinding,
} from './probeFrontDoor.ts';
import { probeRequests, type ProbeRequest } from './probeRequests.ts';

export const probeCommand: Command = {
  name: 'probe',
  summary: 'try to smuggle forged headers past your own front door',
  help: `
Usage: intune-gate probe URL --config FILE [--policy NAME] [--ca FILE] [--json]

Asks for URL through the proxy in front, without a client certificate: once as it is, then with every header that the gate would believe
from a proxy, forged, in all spellings. The gate must answer each time as if nothing had been sent, or the proxy must refuse.

URL            a page behind the proxy that is for compliant devices only
--config FILE  the configuration of the gate; it names the headers. Nothing of it is sent
--policy NAME  the policy that the proxy asks; default: default
--ca FILE      CA certificates of the front door, PEM; default: those Node.js brings
--json         print the findings as JSON

It needs X-Device-Reason in what the proxy answers to those it denies, and sees what reaches the gate, not what reaches an application
(docs/proxies.md).

Exit codes: 0 nothing came through, 1 something did or it cannot be told, 2 usage or configuration, 3 no answer.
`,
  async run(args, io) {
    const { values, positionals } = parseOptions(
      args,
      {
        config: { type: 'string', short: 'c' },
        policy: { type: 'string', default: 'default' },
        ca: { type: 'string' },
        json: { type: 'boolean' },
      },
      true,
    );
    const door: FrontDoor = {
      url: parseUrl(positionals),
      ca: values.ca === undefined ? undefined : readCa(values.ca),
      signal: io.stopped,
    };
    const config = loadConfig(required(values.config, '--config FILE'), io.environment);
    const requests = requestsOf(config, values.policy);
    let report: ProbeReport;
    try {
      report = await probe(door, requests);
    } catch (error) {
      io.err(`intune-gate probe: ${door.url.host} does not answer: ${escapeControls(messageOf(error))}\n`);
      return 3;
    }
    io.out(values.json === true ? `${JSON.stringify(report, null, 2)}\n` : describe(door, report));
    return report.verdict === 'good' ? 0 : 1;
  },
};

interface ProbeReport {
  /** `unclear`: without a clear no to a client that shows nothing, nothing can be told. */
  readonly verdict: 'good' | 'bad' | 'unclear';
  readonly baseline: FrontDoorAnswer;
  readonly findings: readonly ProbeFinding[];
}

async function probe(door: FrontDoor, requests: readonly ProbeRequest[]): Promise<ProbeReport> {
  const baseline = await askFrontDoor(door, []);
  if (baseline.status < 400 || baseline.reason !== 'noDeviceId') {
    return { verdict: 'unclear', baseline, findings: [] };
  }
  const findings: ProbeFinding[] = [];
  for (const request of requests) {
    findings.push(judgeProbe(request, await askFrontDoor(door, request.headers), baseline));
  }
  // A door that answers something else by now has not said anything about what was sent between.
  const after = await askFrontDoor(door, []);
  if (after.status !== baseline.status || after.reason !== baseline.reason) {
    return { verdict: 'unclear', baseline: after, findings };
  }
  if (findings.some(({ fate }) => fate === 'arrived' || fate === 'allowed')) {
    return { verdict: 'bad', baseline, findings };
  }
  return { verdict: findings.every(isGood) ? 'good' : 'unclear', baseline, findings };
}

const isGood = ({ fate }: ProbeFinding): boolean => fate === 'stripped' || fate === 'refused';

function describe({ url }: FrontDoor, { verdict, baseline, findings }: ProbeReport): string {
  const lines = [`${url.href} without a certificate: ${describeAnswer(baseline)}`];
  if (verdict === 'unclear') return [...lines, explainUnclear(baseline, findings), ''].join('\n');
  const arrived = findings.filter((finding) => !isGood(finding));
  return [
    ...lines,
    ...findings.map(
      (finding) =>
        `  ${isGood(finding) ? 'ok    ' : 'FAILED'}  ${finding.label}: ${finding.fate} (${describeAnswer(finding.answer)})`,
    ),
    arrived.length === 0
      ? `None of ${findings.length} forged requests came through.`
      : `${arrived.length} of ${findings.length} forged requests came through. Make the proxy remove every spelling of the header from what clients send, and set its own without a condition (docs/proxies.md).`,
    '',
  ].join('\n');
}

function explainUnclear({ status, reason }: FrontDoorAnswer, findings: readonly ProbeFinding[]): string {
  if (findings.length > 0) {
    return 'The door changed its answers on the way: too many requests, or an outage. Try again when it is calm.';
  }
  if (status < 400) {
    return 'A client that shows nothing may pass: the page is not protected, or the answer is a redirection. Name one that is for compliant devices only.';
  }
  return reason === undefined
    ? 'The answer does not say why (X-Device-Reason), so that forged headers that arrive cannot be told from those that do not. Let the proxy pass this header on.'
    : 'The gate should say noDeviceId to a client that shows nothing. Mend this first: the proxy may not be the one that the configuration knows, or another policy than this one was asked.';
}

function describeAnswer({ status, reason }: FrontDoorAnswer): string {
  return reason === undefined ? String(status) : `${status} ${reason}`;
}

function requestsOf(config: GateConfig, policy: string): readonly ProbeRequest[] {
  const name = config.policies[policy]?.node ?? (policy === 'default' ? 'default' : undefined);
  const node = name === undefined ? undefined : config.nodes[name];
  if (node === undefined) throw new GateError('usage', `there is no policy ${policy}`);
  const requests = probeRequests(node, new Set(config.proxies.map((proxy) => proxy.name)));
  if (requests.length === 0) {
    throw new GateError('usage', `the node of the policy ${policy} believes no header of any proxy`);
  }
  return requests;
}

function parseUrl(positionals: readonly string[]): URL {
  const [text = '', ...others] = positionals;
  const url = others.length === 0 && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new GateError('usage', 'say which page to ask for, e.g. https://front-door.example/');
  }
  return url;
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new GateError('usage', `${file} cannot be read`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined || message.includes(code) ? message : `${code} ${message}`;
}
