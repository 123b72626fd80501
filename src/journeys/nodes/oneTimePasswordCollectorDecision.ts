import { z } from 'zod';
import { journeySubject, sentSubject } from '../../identity/subjects.ts';
import { callbacks } from '../callbacks/callback.ts';
import { ask, goTo, NodeFault } from '../nodeResult.ts';
import { defineNodeType, TRUE_FALSE } from '../nodeType.ts';
import {
  forgetOneTimePassword,
  ONE_TIME_PASSWORD,
  ONE_TIME_PASSWORD_FOR_NOBODY,
  ONE_TIME_PASSWORD_INPUTS,
  ONE_TIME_PASSWORD_OWNER,
  ONE_TIME_PASSWORD_TIMESTAMP,
} from './oneTimePasswordState.ts';
import { nobodyCalled } from './person.ts';
import { setting } from './settings.ts';

/**
 * Is the answer the one-time password that was sent? It is accepted once, until it expires, and only for the person it was made for. How
 * often it was wrong is counted for the person, or, where nobody is known, for the run of the journey.
 */
export const oneTimePasswordCollectorDecision = defineNodeType({
  type: 'OneTimePasswordCollectorDecisionNode',
  displayName: 'OTP Collector Decision',
  configuration: z.object({ passwordExpiryTime: setting(z.int().min(1).max(1_440), 5) }),
  outcomes: () => TRUE_FALSE,
  asks: () => 'always',
  inputs: () => ONE_TIME_PASSWORD_INPUTS,
  async run({ answers, config, journeyId, ports, signal, state }) {
    const answer = answers?.[0]?.value;
    if (typeof answer !== 'string' || answer === '') return ask([callbacks.password('One Time Password')]);
    const password = state.get(ONE_TIME_PASSWORD);
    const sentSeconds = state.get(ONE_TIME_PASSWORD_TIMESTAMP);
    if (typeof password !== 'string' || typeof sentSeconds !== 'number') {
      throw new NodeFault('there is no one-time password in state');
    }
    const username = state.get('username') ?? null;
    // Whose it is stands there unless a script made the code.
    if (state.isDefined(ONE_TIME_PASSWORD_OWNER) && state.get(ONE_TIME_PASSWORD_OWNER) !== username) {
      return goTo('false');
    }
    const isForNobody = state.get(ONE_TIME_PASSWORD_FOR_NOBODY) === true;
    const person =
      typeof username === 'string' && !isForNobody
        ? await ports.identities.find(username, signal)
        : undefined;
    const verdict = await ports.secondFactors.checkOneTimePassword(
      person === undefined ? journeySubject(journeyId) : sentSubject(person.id),
      { password, sentAt: sentSeconds * 1_000, validMs: config.passwordExpiryTime * 60_000 },
      answer,
      signal,
    );
    if (verdict.is !== 'accepted') return goTo('false');
    forgetOneTimePassword(state);
    return goTo('true', {
      method: 'OneTimePassword',
      ...(typeof username === 'string' ? { identified: person ?? nobodyCalled(username) } : {}),
    });
  },
});
