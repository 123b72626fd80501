import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GateConfig } from '../../src/config/gateConfig.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { createGateFolder, type GateFolder } from '../cli/gateFolder.ts';
import { parseProblems, testConfig, thrownProblems } from './testConfig.ts';

let folder: GateFolder;
beforeEach(() => {
  folder = createGateFolder();
});
afterEach(() => {
  folder.remove();
});

const load = (config: unknown): GateConfig =>
  loadConfig(folder.config(config), { GATE_SECRET: 'from-the-environment' });

function following(follow: object, more: object = {}): Record<string, unknown> {
  const { tenants, ...rest } = testConfig() as { tenants: Record<string, object> };
  const followed = Object.entries(tenants).map(([name, tenant]) => [name, { ...tenant, follow }]);
  return { ...rest, tenants: Object.fromEntries(followed) as object, ...more };
}
const [tenant = ''] = Object.keys((testConfig() as { tenants: object }).tenants);

describe('following', () => {
  test('is off where nothing is said', () => {
    expect(load(testConfig()).follow).toEqual({});
  });

  test('lists all devices before answers about compliant ones run out', () => {
    expect(load(following({})).follow[tenant]).toEqual({
      everySeconds: 60,
      overlapSeconds: 300,
      allEverySeconds: 225,
      positionFile: undefined,
    });
    const every = (compliantSeconds: number): number | undefined =>
      load(following({}, { answers: { compliantSeconds } })).follow[tenant]?.allEverySeconds;
    expect([3_600, 20, 0].map(every)).toEqual([2_700, 60, 600]);
  });

  test('more rarely is allowed, and told', () => {
    const config = load(following({ allEverySeconds: 14_400 }));
    expect(config.follow[tenant]?.allEverySeconds).toBe(14_400);
    expect(config.warnings.map(({ path, message }) => `${path.join('.')} ${message}`)).toContainEqual(
      expect.stringContaining(
        `tenants.${tenant}.follow.allEverySeconds is longer than answers.compliantSeconds (300)`,
      ),
    );
    expect(load(following({ allEverySeconds: 300 })).warnings).toEqual(load(testConfig()).warnings);
  });

  test('a position file stands beside the configuration, and belongs to one tenant', () => {
    expect(load(following({ positionFile: 'position.json' })).follow[tenant]?.positionFile).toBe(
      join(folder.path, 'position.json'),
    );
    const config = following({ positionFile: 'position.json' }) as { tenants: Record<string, object> };
    config.tenants['second'] = { ...config.tenants[tenant] };
    const problems = thrownProblems(() => load(config));
    expect(JSON.stringify(problems)).toContain(`is the file of tenant ${tenant}, too`);
  });

  test('a tenant that no node asks is told', () => {
    const config = following({}) as { tenants: Record<string, object> };
    config.tenants['second'] = { ...config.tenants[tenant] };
    expect(load(config).warnings.map(({ message }) => message)).toContain(
      'no node asks this tenant: nothing is followed',
    );
  });

  test.each([
    { everySeconds: 9 },
    { overlapSeconds: -1 },
    { allEverySeconds: 59 },
    { positionFile: '' },
    { evry: 60 },
  ])('%j is refused', (follow) => {
    expect(parseProblems(following(follow)).length).toBeGreaterThan(0);
  });
});
