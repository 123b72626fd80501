import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { JOURNEY_LAYOUTS } from '../../src/journeys/format/journeyLayouts.ts';
import { journeyFile, FAILURE, SUCCESS } from '../support/journeyFixtures.ts';
import { badgeNumber } from '../support/exampleNodeType.ts';
import { answered, callAuthenticate, testJourneys, type ClientStep } from '../support/testJourneys.ts';

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

describe('docs/journeys.md', () => {
  test('has the example as it is tested', () => {
    const example = read('test/support/exampleNodeType.ts')
      .replace("'../../src/index.ts'", "'intune-gate'")
      .trim();
    expect(read('docs/journeys.md')).toContain(example);
  });

  test('has a row for each layout that stands for itself', () => {
    expect(JOURNEY_LAYOUTS.map(({ name }) => name)).toEqual([
      'Amster',
      'frodo, several trees',
      'frodo, one tree',
      'list of nodes beside a tree',
      'AM, tree',
      'AM, node',
      'AM, script',
      'AM, query result',
    ]);
  });
});

test('the example works', async () => {
  const tree = {
    nodes: {
      u: { type: 'UsernameCollectorNode', to: { outcome: 'b' } },
      b: { type: 'BadgeNumberNode', to: { true: SUCCESS, false: FAILURE }, config: { prompt: 'Badge' } },
    },
  };
  const { app, composed } = testJourneys({
    files: [journeyFile({ Badge: tree })],
    types: [badgeNumber],
    users: [{ username: 'alice', password: 'x', attributes: { badge: ['4711'] } }],
    config: { default: 'Badge' },
  });
  const sign = async (badge: string) => {
    const name = (await callAuthenticate(app, undefined)).json<ClientStep>();
    const number = (await callAuthenticate(app, answered(name, ['alice']))).json<ClientStep>();
    expect(number.callbacks[0]?.output).toEqual([{ name: 'prompt', value: 'Badge' }]);
    return (await callAuthenticate(app, answered(number, [badge]))).json<{ tokenId?: string }>().tokenId;
  };
  expect(await sign('4712')).toBeUndefined();
  const live = await composed.surface.sessions.find((await sign('4711')) ?? '');
  expect(live?.session.methods).toEqual(['BadgeNumber']);
  await app.close();
});
