import { expect, test } from 'vitest';
import { createJourneyMemory } from '../../src/composeJourneys.ts';
import { NOW } from '../support/fakeDirectory.ts';
import { FAILURE, journeyFile, LOGIN, SUCCESS } from '../support/journeyFixtures.ts';
import { answered, callAuthenticate, testJourneys, type ClientStep } from '../support/testJourneys.ts';

const JOURNEYS = 1_000;

test(`${JOURNEYS} parallel journeys outlive a restart in the middle`, async () => {
  const files = [
    journeyFile({
      Login: {
        nodes: {
          page: { ...LOGIN.nodes['page'], type: 'PageNode', to: { outcome: 'message' } },
          message: { type: 'MessageNode', to: { true: 'check', false: FAILURE } },
          check: { type: 'DataStoreDecisionNode', to: { true: SUCCESS, false: FAILURE } },
        },
      },
    }),
  ];
  const users = Array.from({ length: JOURNEYS }, (_, index) => ({
    username: `user${index}`,
    password: `password ${index}`,
  }));
  const config = { default: 'Login' };
  const first = testJourneys({ files, users, config });
  const steps = await Promise.all(
    users.map(async ({ username, password }) => {
      const page = (await callAuthenticate(first.app, undefined)).json<ClientStep>();
      return (await callAuthenticate(first.app, answered(page, [username, password]))).json<ClientStep>();
    }),
  );
  await first.app.close();

  // All that another process would have is the keys.
  const { secret, sessionKey } = first.memory;
  const memory = { ...createJourneyMemory(() => NOW), secret, sessionKey };
  const second = testJourneys({ files, users, config, memory });
  const ends = await Promise.all(
    // Every third presses No.
    steps.map(async (step, index) =>
      (await callAuthenticate(second.app, answered(step, [index % 3 === 0 ? 1 : 0]))).json<{
        tokenId?: string;
      }>(),
    ),
  );
  const sessions = await Promise.all(
    ends.map(({ tokenId }) =>
      tokenId === undefined ? Promise.resolve(undefined) : second.composed.surface.sessions.find(tokenId),
    ),
  );
  await second.app.close();
  expect(sessions.map((live) => live?.session.username)).toEqual(
    users.map(({ username }, index) => (index % 3 === 0 ? undefined : username)),
  );
});
