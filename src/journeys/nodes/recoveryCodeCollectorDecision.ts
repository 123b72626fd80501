import { z } from 'zod';
import { callbacks } from '../callbacks/callback.ts';
import { ask, goTo } from '../nodeResult.ts';
import { defineNodeType, TRUE_FALSE } from '../nodeType.ts';
import { OATH_METHOD } from './oathConfig.ts';
import { findPerson } from './person.ts';
import { setting } from './settings.ts';

/** Is the answer a recovery code of the person's device? Each works once; wrong ones are counted with wrong codes of the device. */
export const recoveryCodeCollectorDecision = defineNodeType({
  type: 'RecoveryCodeCollectorDecisionNode',
  displayName: 'Recovery Code Collector Decision',
  configuration: z.object({
    recoveryCodeType: setting<'OATH' | 'PUSH' | 'WEB_AUTHN'>(z.enum(['OATH', 'PUSH', 'WEB_AUTHN']), 'OATH'),
  }),
  outcomes: () => TRUE_FALSE,
  asks: () => 'always',
  inputs: () => ['username'],
  check: ({ recoveryCodeType }) =>
    recoveryCodeType === 'OATH'
      ? []
      : [
          {
            code: 'badConfiguration',
            at: ['recoveryCodeType'],
            message: 'names a kind of device that is not kept here',
          },
        ],
  async run(context) {
    const code = context.answers?.[0]?.value;
    if (typeof code !== 'string' || code === '') return ask([callbacks.name('Recovery Code')]);
    const person = await findPerson(context);
    const verdict = await context.ports.secondFactors.checkRecoveryCode(person.id, code, context.signal);
    return verdict.is === 'accepted'
      ? goTo('true', { method: OATH_METHOD, identified: person })
      : goTo('false');
  },
});
