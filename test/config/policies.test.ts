import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { composeGate } from '../../src/compose.ts';
import type { Environment } from '../../src/config/environment.ts';
import type { GateConfig } from '../../src/config/gateConfig.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { narrowedSetup } from '../../src/composeGuard.ts';
import { createLogger } from '../../src/http/logging.ts';
import { DEFAULT_POLICY } from '../../src/policy/policy.ts';
import { REASON_NAMES } from '../../src/outcomes/reason.ts';
import { isRefused } from '../../src/policy/refusedReasons.ts';
import { createGateFolder, type GateFolder } from '../cli/gateFolder.ts';
import { changed, parseProblems, testConfig, thrownProblems } from './testConfig.ts';

let folder: GateFolder;
beforeEach(() => {
  folder = createGateFolder();
});
afterEach(() => {
  folder.remove();
});

const load = (config: unknown, environment: Environment = {}): GateConfig =>
  loadConfig(folder.config(config), { GATE_SECRET: 'from-the-environment', ...environment });
const withPolicy = (policy: object): Record<string, unknown> =>
  changed(['policies', 'payroll'], { node: 'default', ...policy });
const policyOf = (policy: object, environment?: Environment) =>
  load(withPolicy(policy), environment).policies['payroll']?.policy;

describe('policies', () => {
  test('without any, there is the default one', () => {
    expect(load(testConfig()).policies).toEqual({
      default: {
        policy: DEFAULT_POLICY,
        node: 'default',
        maxAnswerAgeSeconds: undefined,
        maxCheckInAgeHours: undefined,
      },
    });
    expect(
      load({ ...testConfig(), callers: [], nodes: { other: { deviceId: [{ source: 'header' }] } } }).policies,
    ).toEqual({});
  });

  test('do what the default one does where they say nothing', () => {
    expect(policyOf({})).toEqual({ ...DEFAULT_POLICY, name: 'payroll' });
    expect(policyOf({ outcomes: { InGracePeriod: 'warn' } })?.outcomes).toEqual({
      Compliant: 'allow',
      InGracePeriod: 'warn',
    });
    expect(policyOf({ outcomes: { Compliant: 'stepUp' } })?.outcomes).toEqual({ Compliant: 'stepUp' });
  });

  test('say what a login must be', () => {
    expect(policyOf({ authLevel: 20, maxLoginAgeMinutes: 15, journey: 'Strong' })?.stepUp).toEqual({
      level: 20,
      largestAgeMs: 900_000,
      journey: 'Strong',
    });
  });

  test('narrow what their node accepts, and never widen it', () => {
    const setup = load(changed(['nodes', 'default', 'maxCheckInAgeHours'], 72)).nodes['default'];
    if (setup === undefined) throw new Error('there is no node');
    expect(narrowedSetup(setup, { maxCheckInAgeHours: 24, maxAnswerAgeSeconds: 60 })).toMatchObject({
      maxCheckInAgeHours: 24,
      maxAnswerAgeSeconds: 60,
    });
    expect(narrowedSetup(setup, { maxCheckInAgeHours: 100 })).toEqual({
      ...setup,
      maxAnswerAgeSeconds: undefined,
    });
    expect(narrowedSetup(setup, {})).toEqual({ ...setup, maxAnswerAgeSeconds: undefined });
  });

  test('ask a node of their own only if they narrow something', async () => {
    const config = load({
      ...testConfig(),
      policies: { plain: { node: 'default' }, strict: { node: 'default', maxCheckInAgeHours: 1 } },
    });
    const gate = composeGate(config, { logger: createLogger('silent') });
    expect(gate.surface.policies.get('plain')?.node).toBe(gate.nodes.get('default'));
    expect(gate.surface.policies.get('strict')?.node).not.toBe(gate.nodes.get('default'));
    expect([...gate.surface.policies.keys()]).toEqual(['default', 'plain', 'strict']);
    await gate.close();
  });

  test('cannot name what is always refused', () => {
    const refused = REASON_NAMES.filter(isRefused);
    expect(refused.length).toBeGreaterThan(10);
    for (const reason of refused) {
      for (const action of ['allow', 'warn', 'stepUp', 'deny']) {
        const problems = parseProblems(withPolicy({ reasons: { [reason]: action } }));
        expect(problems.map((problem) => problem.split(':')[0])).toEqual([
          `policies.payroll.reasons.${reason}`,
        ]);
      }
    }
  });

  test.each([
    [{ outcomes: { Compliant: 'permit' } }, 'policies.payroll.outcomes.Compliant'],
    [{ outcomes: { Complaint: 'allow' } }, 'policies.payroll.outcomes.Complaint'],
    [{ mode: 'off' }, 'policies.payroll.mode'],
    [{ authLevel: -1 }, 'policies.payroll.authLevel'],
    [{ maxAnswerAgeSeconds: 100_000 }, 'policies.payroll.maxAnswerAgeSeconds'],
    [{ strict: 'no' }, 'policies.payroll.strict'],
    [{ allow: true }, 'policies.payroll.allow'],
  ])('%j is a mistake', (policy, path) => {
    expect(parseProblems(withPolicy(policy)).map((problem) => problem.split(':')[0])).toEqual([path]);
  });
});

describe('the environment', () => {
  const REQUIRED = 'INTUNE_COMPLIANCE_REQUIRED';
  const STRICT = 'INTUNE_COMPLIANCE_STRICT';

  test.each<[object, Environment, { requireDevice: boolean; strict: boolean }]>([
    [{}, {}, { requireDevice: true, strict: true }],
    [{}, { [REQUIRED]: 'true', [STRICT]: '1' }, { requireDevice: true, strict: true }],
    [{}, { [REQUIRED]: 'false' }, { requireDevice: false, strict: true }],
    [{}, { [STRICT]: 'off' }, { requireDevice: true, strict: false }],
    [{ strict: true }, { [STRICT]: 'false' }, { requireDevice: true, strict: true }],
    [{ requireDevice: true }, { [REQUIRED]: 'no' }, { requireDevice: true, strict: true }],
    [{ strict: false }, { [STRICT]: 'true' }, { requireDevice: true, strict: false }],
  ])('%j with %j', (policy, environment, expected) => {
    expect(policyOf(policy, environment)).toMatchObject(expected);
  });

  test('loosens nothing that is not written, and says what it loosens', () => {
    const config = load(withPolicy({}), { [REQUIRED]: 'false', [STRICT]: 'false' });
    expect(config.policies['default']?.policy).toEqual(DEFAULT_POLICY);
    expect(config.warnings.map(({ message }) => message)).toEqual([
      'is loosened by the environment variable INTUNE_COMPLIANCE_REQUIRED; say requireDevice here',
      'is loosened by the environment variable INTUNE_COMPLIANCE_STRICT; say strict here',
    ]);
  });

  test.each([REQUIRED, STRICT])('%s must be a flag', (name) => {
    expect(thrownProblems(() => load(testConfig(), { [name]: 'maybe' }))).toEqual([
      `: the environment variable ${name} is neither true nor false`,
    ]);
  });
});

describe('stepUp', () => {
  test.each(['/login', '/', '/auth/login.html', 'https://login.example/in', 'http://localhost:8080/login'])(
    '%s is a page',
    (loginUrl) => {
      expect(parseProblems(changed(['stepUp'], { loginUrl, deniedUrl: loginUrl }))).toEqual([]);
    },
  );

  test.each([
    '',
    'login',
    '//evil.example',
    '/\\evil.example',
    '/a?b',
    '/a#b',
    'http://login.example/',
    'https://a:b@login.example/',
    'https://login.example/?a',
    'javascript:alert(1)',
    '/a b',
    '/a\r\n',
  ])('%j is none', (loginUrl) => {
    expect(parseProblems(changed(['stepUp'], { loginUrl }))).toHaveLength(1);
  });

  test.each(['*', 'https://app.example', 'app.example/', '*.example', 'a b'])('%j is no host', (host) => {
    expect(parseProblems(changed(['stepUp'], { allowedHosts: [host] }))).toEqual([
      'stepUp.allowedHosts.0: must be a host, e.g. app.example, app.example:8443 or *.example.com',
    ]);
  });

  test.each<[string, Record<string, unknown>, readonly string[]]>([
    ['nobody can log in', {}, ['says stepUp, but without `journeys` nobody can log in']],
    [
      'nobody is taken there',
      { journeys: { files: ['none.json'] } },
      ['says stepUp, but without stepUp.allowedHosts nobody is taken to the login page'],
    ],
    ['all is well', { journeys: { files: ['none.json'] }, stepUp: { allowedHosts: ['app.example'] } }, []],
  ])('a warning where %s', (_name, more, expected) => {
    folder.file('none.json', '{}');
    const config = load({ ...withPolicy({ outcomes: { InGracePeriod: 'stepUp' } }), ...more });
    expect(config.warnings.map(({ message }) => message)).toEqual(expected);
  });

  test('a warning where an outage lets everybody in', () => {
    const { warnings } = load(withPolicy({ outcomes: { Error: 'allow' } }));
    expect(warnings.map(({ path }) => path)).toEqual([['policies', 'payroll', 'outcomes', 'Error']]);
  });
});
