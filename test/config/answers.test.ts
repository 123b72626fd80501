import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Environment } from '../../src/config/environment.ts';
import type { GateConfig } from '../../src/config/gateConfig.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
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
const withAnswers = (answers: object): Record<string, unknown> => ({ ...testConfig(), answers });

describe('answers', () => {
  test('have lifetimes where the file says nothing', () => {
    expect(load(testConfig()).answers).toEqual({
      compliantSeconds: 300,
      otherSeconds: 30,
      notFoundSeconds: 15,
      entraSeconds: 60,
      appsSeconds: 300,
      staleSeconds: 900,
      recheckSeconds: 10,
      entries: 200_000,
    });
  });

  test.each([
    ['120', 120],
    [' 0 ', 0],
    ['86400', 86_400],
    ['', 300],
  ])('INTUNE_COMPLIANCE_CACHE_TTL=%j is %i seconds', (text, seconds) => {
    expect(load(testConfig(), { INTUNE_COMPLIANCE_CACHE_TTL: text }).answers.compliantSeconds).toBe(seconds);
  });

  test('the file has the last word', () => {
    for (const text of ['120', 'nonsense']) {
      const config = load(withAnswers({ compliantSeconds: 7 }), { INTUNE_COMPLIANCE_CACHE_TTL: text });
      expect(config.answers.compliantSeconds).toBe(7);
    }
  });

  test.each(['nonsense', '-1', '1.5', '86401', '1e3', 'Infinity', '99999999'])(
    'INTUNE_COMPLIANCE_CACHE_TTL=%s is a mistake',
    (text) => {
      expect(thrownProblems(() => load(testConfig(), { INTUNE_COMPLIANCE_CACHE_TTL: text }))).toEqual([
        'answers.compliantSeconds: comes from the environment variable INTUNE_COMPLIANCE_CACHE_TTL, which is no whole number of seconds up to 86400',
      ]);
    },
  );

  test.each([
    [{ staleSeconds: -1 }, 'answers.staleSeconds'],
    [{ compliantSeconds: 86_401 }, 'answers.compliantSeconds'],
    [{ otherSeconds: '30' }, 'answers.otherSeconds'],
    [{ recheckSeconds: 0 }, 'answers.recheckSeconds'],
    [{ entries: 10 }, 'answers.entries'],
    [{ entries: 5_000_001 }, 'answers.entries'],
    [{ lifetime: 5 }, 'answers.lifetime'],
  ])('%j is a mistake', (answers, path) => {
    const problems = parseProblems(withAnswers(answers));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${path}: `));
  });
});

describe('nodes and tenants', () => {
  test('a node may accept less', () => {
    const config = load(changed(['nodes', 'default', 'maxAnswerAgeSeconds'], 0));
    expect(config.nodes['default']?.maxAnswerAgeSeconds).toBe(0);
    expect(parseProblems(changed(['nodes', 'default', 'maxAnswerAgeSeconds'], -1))).toHaveLength(1);
  });

  test('a tenant has a pace, also one that only the environment describes', () => {
    const pace = { calls: 1_600, windowMs: 20_000 };
    expect(load(testConfig()).tenants['default']?.pacing).toEqual(pace);
    const environment = {
      ENTRA_TENANT_ID: 'contoso.example',
      ENTRA_CLIENT_ID: '00000000-0000-4000-8000-0000000000c1',
      ENTRA_CLIENT_SECRET: 'a-secret',
    };
    expect(load(changed(['tenants'], undefined), environment).tenants['default']?.pacing).toEqual(pace);
    const slower = changed(['tenants', 'default', 'pacing'], { deviceCalls: 10, perSeconds: 0.5 });
    expect(load(slower).tenants['default']?.pacing).toEqual({ calls: 10, windowMs: 500 });
  });

  test.each([
    { deviceCalls: 0 },
    { deviceCalls: 1.5 },
    { deviceCalls: 1_000_001 },
    { perSeconds: 0 },
    { perSeconds: 601 },
  ])('a pace of %j is a mistake', (pacing) => {
    expect(parseProblems(changed(['tenants', 'default', 'pacing'], pacing))).toHaveLength(1);
  });
});
