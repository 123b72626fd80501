import { z } from 'zod';
import { goTo } from '../nodeResult.ts';
import { defineNodeType, SINGLE_OUTCOME } from '../nodeType.ts';
import { findPerson } from './person.ts';
import { setting } from './settings.ts';

/** Bars the person from logging in, or lets them again. The journey goes on. */
export const accountLockout = defineNodeType({
  type: 'AccountLockoutNode',
  displayName: 'Account Lockout',
  configuration: z.object({
    lockAction: setting<'LOCK' | 'UNLOCK'>(z.enum(['LOCK', 'UNLOCK']), 'LOCK'),
  }),
  outcomes: () => SINGLE_OUTCOME,
  asks: () => 'never',
  inputs: () => ['username'],
  async run(context) {
    const { config, ports, signal } = context;
    const person = await findPerson(context);
    await ports.identities.setActive(person.id, config.lockAction === 'UNLOCK', signal);
    return goTo('outcome');
  },
});
