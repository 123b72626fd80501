import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NodeResult } from '../../src/journeys/nodeResult.ts';
import { OUTCOME_IDS, OUTCOMES, type Outcome } from '../../src/outcomes/outcome.ts';
import { startLocalServer, type LocalServer } from '../support/localServer.ts';
import {
  scriptedNodes,
  type ScriptedCase,
  type ScriptedNodes,
  type ScriptedRun,
} from '../support/scriptedNode.ts';
import { startDemo, type RunningDemo } from '../support/startDemo.ts';

const pack = (path: string): string =>
  fileURLToPath(new URL(`../../integrations/ping/${path}`, import.meta.url));
const EIGHT = Object.values(OUTCOME_IDS);
const WRONG_KEY = 'igk_wrong_0123456789abcdefghijklmnopqrstu';
const DEADLINE_MS = 700;

/** A stand-in for the gate that answers as the test says. */
let answer: { readonly status: number; readonly body: string } | 'never' | 'broken' = 'never';
let demo: RunningDemo;
let stand: LocalServer;
/** Listens in, for what is sent. */
let listening: LocalServer;
const heard: string[] = [];
let nodes: ScriptedNodes;

beforeAll(async () => {
  demo = await startDemo();
  stand = await startLocalServer((request, response) => {
    request.resume();
    if (answer === 'broken') response.destroy();
    else if (answer !== 'never') {
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    }
  });
  listening = await startLocalServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      heard.push(`${request.url} ${request.headers.authorization} ${body}`);
      response.end('{"outcomeId":"NOID"}');
    });
  });
  nodes = scriptedNodes({
    httpOrigins: [demo.ready.gate, stand.origin, listening.origin, NOBODY],
    httpDeadlineMs: DEADLINE_MS,
  });
});
afterAll(async () => {
  await nodes.close();
  await listening.close();
  await stand.close();
  await demo.stop();
});

/** Where nobody listens, though scripts may call there; and where they may not. */
const NOBODY = 'http://127.0.0.1:1';
const FORBIDDEN = 'http://127.0.0.1:2';

interface Asked {
  readonly url?: string | undefined;
  readonly key?: string | undefined;
  readonly given?: ScriptedCase;
}

interface Answered extends ScriptedRun {
  readonly outcome: string;
  readonly log: string;
}

/** Runs a pack once. The key is none of the values that the log is scrubbed of: the script itself must keep it. */
async function ask(
  run: (url: string, given: ScriptedCase) => Promise<ScriptedRun>,
  { url = demo.ready.gate, key = demo.ready.apiKey, given = {} }: Asked = {},
): Promise<Answered> {
  const logged = nodes.log.length;
  const variables = {
    ...(url === '' ? {} : { 'esv.intune.gate.url': url }),
    ...(key === '' ? {} : { 'esv.intune.gate.key': key }),
  };
  const done = await run(url, { ...given, variables });
  return { ...done, outcome: outcomeOf(done.result), log: nodes.log.slice(logged).join('') };
}

function outcomeOf(result: NodeResult): string {
  return result.is === 'outcome' ? result.outcome : result.is;
}

const script = (path: string, evaluatorVersion: string) => (asked?: Asked) =>
  ask(
    (_, given) =>
      nodes.decide(
        { text: readFileSync(pack(path), 'utf8'), evaluatorVersion },
        { ...given, config: { outcomes: EIGHT } },
      ),
    asked,
  );

const PACKS: readonly (readonly [string, (asked?: Asked) => Promise<Answered>])[] = [
  ['next-gen', script('next-gen/intune-compliance.js', '2.0')],
  ['legacy', script('legacy/intune-compliance.js', '1.0')],
  [
    'node-designer',
    (asked) =>
      ask(
        (url, given) =>
          nodes.design(pack('node-designer/intune-compliance.nodeTypes.json'), {
            ...given,
            config: { serviceUrl: url, ...given.config },
          }),
        asked,
      ),
  ],
];

/** A device of the demo for each outcome that one can have. */
function headersFor(outcome: Outcome): [string, string][] {
  if (outcome === 'NoId') return [];
  const device = demo.ready.devices.find(({ expectedOutcome }) => expectedOutcome === outcome);
  if (device === undefined) throw new Error(`the demo has no device for ${outcome}`);
  return [['X-Intune', `CN=${device.id}`]];
}

describe.each(PACKS)('%s, against the running gate', (_, run) => {
  test.each(OUTCOMES)('%s', async (outcome) => {
    const { outcome: answered } = await run({
      given: { headers: headersFor(outcome), shared: { username: 'alice' } },
    });
    expect(answered).toBe(OUTCOME_IDS[outcome]);
  });

  test('copies what the gate says about the device, and nothing else', async () => {
    const { shared } = await run({
      given: { headers: headersFor('Compliant'), shared: { username: 'alice' } },
    });
    expect(shared).toMatchObject({ username: 'alice', INTUNE_complianceState: 'compliant' });
    expect(Object.keys(shared).every((key) => key === 'username' || key.startsWith('INTUNE_'))).toBe(true);
  });

  test('hands every value of a header on: two are a sign of spoofing', async () => {
    const [line] = headersFor('Compliant');
    const { outcome, shared } = await run({ given: { headers: line === undefined ? [] : [line, line] } });
    expect(outcome).toBe('ERROR');
    expect(shared['INTUNE_ERROR_MESSAGE']).toEqual(expect.any(String));
  });

  test('a wrong key is ERROR', async () => {
    const { outcome, shared } = await run({ key: WRONG_KEY, given: { headers: headersFor('Compliant') } });
    expect(outcome).toBe('ERROR');
    expect(shared).toEqual({ INTUNE_ERROR_MESSAGE: 'the gate answered with status 401' });
  });

  test.each([
    ['nobody listens', { url: NOBODY }, 'the gate cannot be reached'],
    ['the address may not be called', { url: FORBIDDEN }, 'the gate cannot be reached'],
    ['the address is missing', { url: '' }, 'the address of the gate is not configured'],
    ['the key is missing', { key: '' }, 'the key of the gate is not configured'],
  ])('%s: ERROR', async (_case, asked, message) => {
    const { outcome, shared } = await run({ ...asked, given: { headers: headersFor('Compliant') } });
    expect(outcome).toBe('ERROR');
    expect(shared).toEqual({ INTUNE_ERROR_MESSAGE: message });
  });

  const compliant = { outcome: 'Compliant', outcomeId: 'COMPLIANT', sharedState: {} };
  test.each([
    ['500', { status: 500, body: JSON.stringify(compliant) }, 'the gate answered with status 500'],
    ['201', { status: 201, body: JSON.stringify(compliant) }, 'the gate answered with status 201'],
    ['a redirect', { status: 302, body: JSON.stringify(compliant) }, 'the gate answered with status 302'],
    ['no JSON', { status: 200, body: '<html>COMPLIANT</html>' }, 'the answer of the gate is no decision'],
    ['nothing', { status: 200, body: '' }, 'the answer of the gate is no decision'],
    ['null', { status: 200, body: 'null' }, 'the answer of the gate is no decision'],
    ['a text', { status: 200, body: '"COMPLIANT"' }, 'the gate answered an unknown outcome'],
    ['no outcome', { status: 200, body: '{}' }, 'the gate answered an unknown outcome'],
    [
      'an unknown outcome',
      { status: 200, body: '{"outcomeId":"OTHER"}' },
      'the gate answered an unknown outcome',
    ],
    [
      'the outcome in another spelling',
      { status: 200, body: '{"outcomeId":"compliant"}' },
      'the gate answered an unknown outcome',
    ],
    [
      'a member of every object',
      { status: 200, body: '{"outcomeId":"constructor"}' },
      'the gate answered an unknown outcome',
    ],
    [
      'a list of outcomes',
      { status: 200, body: '{"outcomeId":["NOID","ERROR"]}' },
      'the gate answered an unknown outcome',
    ],
    [
      'too much',
      { status: 200, body: JSON.stringify({ ...compliant, more: 'x'.repeat(300_000) }) },
      'the gate cannot be reached',
    ],
    ['nothing in time', 'never', 'the gate cannot be reached'],
    ['half an answer', 'broken', 'the gate cannot be reached'],
  ] as const)('an answer of %s is ERROR', async (_case, said, message) => {
    answer = said;
    const since = performance.now();
    const { outcome, shared } = await run({ url: stand.origin });
    expect(outcome).toBe('ERROR');
    expect(shared).toEqual({ INTUNE_ERROR_MESSAGE: message });
    expect(performance.now() - since).toBeLessThan(DEADLINE_MS + 5_000);
  });

  test('an answer writes no entries of others, and no values that are not text', async () => {
    const sharedState = {
      username: 'mallory',
      authLevel: 9,
      INTUNE_a: 'x',
      INTUNE_b: { c: 1 },
      INTUNE_d: null,
      xINTUNE_e: 'y',
    };
    answer = { status: 200, body: JSON.stringify({ ...compliant, sharedState }) };
    const { outcome, shared } = await run({ url: stand.origin, given: { shared: { username: 'alice' } } });
    expect(outcome).toBe('COMPLIANT');
    expect(shared).toEqual({ username: 'alice', INTUNE_a: 'x' });
  });

  test('neither key nor device id is logged or written', async () => {
    const headers = headersFor('Compliant');
    const id = headers[0]?.[1].slice('CN='.length) ?? '';
    for (const asked of [{}, { key: WRONG_KEY }, { url: NOBODY }] as const) {
      const { log, shared } = await run({ ...asked, given: { headers } });
      expect(log).toContain('intune-gate: ');
      for (const key of [demo.ready.apiKey, WRONG_KEY])
        expect(log + JSON.stringify(shared)).not.toContain(key);
      expect(log).not.toContain(id);
    }
  });
});

test('the settings of the Node Designer decide what leaves', async () => {
  const [, run] = PACKS[2] ?? [];
  const given = {
    config: {
      gateNode: 'strict',
      deviceHeaders: ['ssl_client_cert', 'x-other'],
      stateKeys: ['username', 'list', 'none'],
    },
    headers: [
      ['ssl_client_cert', 'PEM'],
      ['x-intune', 'CN=1'],
      ['cookie', 'secret'],
    ] as const,
    shared: { username: 'alice', list: ['a', 'b'], password: 'secret' },
  };
  expect((await run?.({ url: `${listening.origin}/`, key: 'the-key', given }))?.outcome).toBe('NOID');
  expect(heard).toEqual([
    '/v1/decisions Bearer the-key {"node":"strict","request":{"headers":{"ssl_client_cert":["PEM"]}},"sharedState":{"username":"alice","list":["a","b"]}}',
  ]);
});

describe('rest-node, against the running gate', () => {
  interface RestNode {
    readonly restURL: string;
    readonly payload: string;
    readonly headersMap: Readonly<Record<string, unknown>>;
    readonly jpToOutcomeMapper: Readonly<Record<string, string>>;
    readonly jpToSSMapper: Readonly<Record<string, string>>;
  }
  const node = JSON.parse(readFileSync(pack('rest-node/intune-compliance.node.json'), 'utf8')) as RestNode;

  /** What AM's HTTP Client node does with its settings, as far as this recipe uses it. */
  async function send(header: unknown): Promise<{ outcome: string; state: Record<string, unknown> }> {
    const payload =
      header === undefined ? '' : node.payload.replace('${intuneHeader}', JSON.stringify(header));
    const { pathname } = new URL(node.restURL);
    const response = await fetch(demo.ready.gate + pathname, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${demo.ready.apiKey}` },
      body: payload,
    });
    const body = (await response.json()) as Record<string, unknown>;
    const matched = Object.entries(node.jpToOutcomeMapper).find(([, path]) => {
      const [, key, value] = /^\$\[\?\(@\.(\w+)=='(\w+)'\)\]$/.exec(path) ?? [];
      return key !== undefined && body[key] === value;
    });
    const read = (path: string): unknown =>
      path
        .split('.')
        .slice(1)
        .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], body);
    const state = Object.entries(node.jpToSSMapper).map(([key, path]) => [key, read(path)] as const);
    return {
      outcome: matched?.[0] ?? 'NOMATCHRESPONSE',
      state: Object.fromEntries(state.filter(([, value]) => value !== undefined)),
    };
  }

  test.each(OUTCOMES)('%s', async (outcome) => {
    const values = headersFor(outcome).map(([, value]) => value);
    const { outcome: answered, state } = await send(values);
    expect(answered).toBe(outcome === 'Error' ? 'NOMATCHRESPONSE' : OUTCOME_IDS[outcome]);
    expect(state).toMatchObject({
      INTUNE_DECISION_ID: expect.any(String),
      INTUNE_REASON: expect.any(String),
    });
  });

  test('names the entries it copies', async () => {
    const { state } = await send(headersFor('Compliant').map(([, value]) => value));
    expect(state).toMatchObject({ INTUNE_REASON: 'compliant', INTUNE_complianceState: 'compliant' });
  });

  test('state that was never set leaves nothing to send, which the gate refuses in JSON', async () => {
    expect(await send(undefined)).toEqual({ outcome: 'NOMATCHRESPONSE', state: {} });
  });
});
