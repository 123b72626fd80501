import { describe, expect, test } from 'vitest';
import { NOBODY } from '../../src/identity/nobody.ts';
import { callbacks } from '../../src/journeys/callbacks/callback.ts';
import { createMemoryAttemptStore } from '../../src/journeys/memory/memoryAttemptStore.ts';
import { NodeFault, type Effects } from '../../src/journeys/nodeResult.ts';
import { NODE_TYPES } from '../../src/journeys/nodeTypes.ts';
import type { RequestContext } from '../../src/node/requestContext.ts';
import { DEVICE_ID, fakeDirectory, managedDevice, NOW } from '../support/fakeDirectory.ts';
import { CALLER, testNode } from '../support/testNode.ts';
import { runAlone, type NodeCase, type NodeRow } from '../support/nodeHarness.ts';
import { idOf } from '../support/memoryIdentityStore.ts';
import { CERTIFICATE_ROWS } from './certificateRows.ts';
import { SECOND_FACTOR_ROWS, SECOND_FACTOR_TRACES } from './secondFactorRows.ts';

/** What presented the device stopped counting while Microsoft was asked. */
const forgetful = {
  name: 'forgetful',
  decide: (context: RequestContext) =>
    testNode(fakeDirectory([managedDevice()])).decide({
      ...context,
      caller: CALLER,
      headers: [['x-intune', DEVICE_ID]],
    }),
  presentedIds: () => Promise.resolve(undefined),
};
const login = { shared: { username: 'alice' }, transient: { password: 'correct horse' } };
const wrong = { shared: { username: 'alice' }, transient: { password: 'wrong' } };
const message = {
  message: { en: 'Hello', de: 'Hallo', fr_CA: 'Allô' },
  messageYes: { en: 'OK' },
  messageNo: { en: 'Stop' },
};
const confirmation = (options: string[], defaultOption: number, selected = defaultOption) =>
  callbacks.confirmation({ options, defaultOption, selected });
const wait = { secondsToWait: 5, exitable: true, spamDetectionEnabled: true, spamDetectionTolerance: 1 };
const waiting = (end: number, spam: number) => ({ 'node-1.end_time': end, 'node-1.spam_count': spam });

const ROWS: readonly NodeRow[] = [
  [
    'asks a decision node, and tells what was presented',
    {
      type: 'IntuneNode',
      config: { azureTenantId: 'x', appRegistrationClientId: 'x' },
      request: { caller: CALLER, headers: [['x-intune', DEVICE_ID]] },
      ports: {
        intuneNodes: { find: () => ({ ok: true, node: testNode(fakeDirectory([managedDevice()])) }) },
      },
    },
    {
      outcome: 'COMPLIANT',
      // So that it asks Microsoft anew when the journey comes back to it.
      shared: { 'node-1.asked': true },
      effects: { device: { presented: [DEVICE_ID] } as unknown as NonNullable<Effects['device']> },
    },
  ],
  ...SECOND_FACTOR_ROWS,
  ...CERTIFICATE_ROWS,
  [
    'errs about groups where journeys may not ask',
    { type: 'EntraGroupDecisionNode', config: { groupNames: ['Staff'] }, shared: { INTUNE_id: DEVICE_ID } },
    { outcome: 'error' },
  ],
  [
    'errs about a sync where journeys may not ask',
    { type: 'IntuneDeviceSyncNode', shared: { INTUNE_id: DEVICE_ID } },
    { outcome: 'error' },
  ],
  [
    'is refused an action where journeys may not ask',
    {
      type: 'IntuneDeviceActionRequestNode',
      config: { action: 'remote_lock', reason: 'stolen' },
      shared: { INTUNE_id: DEVICE_ID },
    },
    { outcome: 'refused' },
  ],
  ['asks for the user name', { type: 'UsernameCollectorNode' }, { asks: [callbacks.name('User Name')] }],
  [
    'asks again for an empty user name',
    { type: 'UsernameCollectorNode', answers: [''] },
    { asks: [callbacks.name('User Name')] },
  ],
  [
    'takes the user name',
    { type: 'UsernameCollectorNode', answers: ['alice'] },
    { outcome: 'outcome', shared: { username: 'alice' } },
  ],
  ['asks for the password', { type: 'PasswordCollectorNode' }, { asks: [callbacks.password('Password')] }],
  [
    'asks again for an empty password',
    { type: 'PasswordCollectorNode', answers: [''] },
    { asks: [callbacks.password('Password')] },
  ],
  [
    'keeps the password in transient state',
    { type: 'PasswordCollectorNode', answers: ['pw'] },
    { outcome: 'outcome', transient: { password: 'pw' }, shared: {} },
  ],
  [
    'accepts an empty platform user name',
    { type: 'ValidatedUsernameNode', answers: [''] },
    { outcome: 'outcome', shared: {} },
  ],
  [
    'writes the platform user name twice',
    {
      type: 'ValidatedUsernameNode',
      answers: ['alice'],
      config: { usernameAttribute: 'mail' },
      shared: { objectAttributes: { sn: 'x' } },
    },
    { outcome: 'outcome', shared: { username: 'alice', objectAttributes: { sn: 'x', mail: 'alice' } } },
  ],
  [
    'shows policies where it validates',
    { type: 'ValidatedUsernameNode', config: { validateInput: true } },
    {
      asks: [
        callbacks.validatedUsername({ prompt: 'Username', policies: {}, failedPolicies: [], value: '' }),
      ],
    },
  ],
  [
    'only validates where that is asked',
    { type: 'ValidatedUsernameNode', config: { validateInput: true }, answers: [{ validateOnly: 'al' }] },
    {
      asks: [
        callbacks.validatedUsername({ prompt: 'Username', policies: {}, failedPolicies: [], value: 'al' }),
      ],
      shared: {},
    },
  ],
  [
    'writes the platform password, empty too',
    { type: 'ValidatedPasswordNode', answers: [''] },
    { outcome: 'outcome', transient: { password: '', objectAttributes: { password: '' } } },
  ],
  ['finds no credentials', { type: 'ZeroPageLoginNode' }, { outcome: 'false' }],
  [
    'takes credentials from headers',
    {
      type: 'ZeroPageLoginNode',
      request: {
        headers: [
          ['X-OpenAM-Username', '=?UTF-8?B?w6RkYQ==?='],
          ['x-openam-password', '=?utf-8?Q?p=C3=A4_ss?='],
        ],
      },
    },
    { outcome: 'true', shared: { username: 'äda' }, transient: { password: 'pä ss' } },
  ],
  [
    'takes one of them',
    { type: 'ZeroPageLoginNode', request: { headers: [['x-openam-username', 'alice']] } },
    { outcome: 'true', shared: { username: 'alice' } },
  ],
  [
    'wants a referer',
    {
      type: 'ZeroPageLoginNode',
      config: { allowWithoutReferer: false },
      request: { headers: [['x-openam-username', 'alice']] },
    },
    { outcome: 'false', shared: {} },
  ],
  [
    'wants a known referer',
    {
      type: 'ZeroPageLoginNode',
      config: { referrerWhiteList: ['https://a'] },
      request: {
        headers: [
          ['x-openam-username', 'alice'],
          ['Referer', 'https://b'],
        ],
      },
    },
    { outcome: 'false' },
  ],
  [
    'accepts a known referer',
    {
      type: 'ZeroPageLoginNode',
      config: { referrerWhiteList: ['https://a'] },
      request: {
        headers: [
          ['x-openam-username', 'alice'],
          ['Referer', 'https://a'],
        ],
      },
    },
    { outcome: 'true', shared: { username: 'alice' } },
  ],
  [
    'accepts the password',
    { type: 'DataStoreDecisionNode', ...login },
    {
      outcome: 'true',
      effects: {
        method: 'DataStore',
        identified: { id: 'id=alice,ou=user', username: 'alice', attributes: {}, active: true },
      },
    },
  ],
  ['refuses the password', { type: 'DataStoreDecisionNode', ...wrong }, { outcome: 'false' }],
  [
    'refuses a blank password',
    { type: 'DataStoreDecisionNode', ...login, transient: { password: '  ' } },
    { outcome: 'false' },
  ],
  [
    'refuses who is switched off',
    { type: 'DataStoreDecisionNode', shared: { username: 'off' }, transient: { password: 'off' } },
    { outcome: 'false' },
  ],
  [
    'finds a password that became secure',
    { type: 'DataStoreDecisionNode', shared: { username: 'bob' }, secure: { password: 'battery staple' } },
    { outcome: 'true' },
  ],
  ['accepts the password', { type: 'IdentityStoreDecisionNode', ...login }, { outcome: 'TRUE' }],
  ['refuses the password', { type: 'IdentityStoreDecisionNode', ...wrong }, { outcome: 'FALSE' }],
  [
    'says who is switched off',
    { type: 'IdentityStoreDecisionNode', shared: { username: 'off' }, transient: { password: 'off' } },
    { outcome: 'LOCKED' },
  ],
  [
    'offers choices',
    { type: 'ChoiceCollectorNode', config: { prompt: 'Pick', choices: ['a', 'b'], defaultChoice: 'b' } },
    { asks: [callbacks.choice('Pick', ['a', 'b'], 1)] },
  ],
  [
    'goes where the choice leads',
    { type: 'ChoiceCollectorNode', config: { choices: ['a', 'b'] }, answers: [1] },
    { outcome: 'b' },
  ],
  [
    'does not ask where there is one choice',
    { type: 'ChoiceCollectorNode', config: { choices: ['a'] } },
    { outcome: 'a' },
  ],
  [
    'shows AM’s own texts',
    { type: 'MessageNode' },
    { asks: [callbacks.textOutput('Default message'), confirmation(['Yes', 'No'], 1)] },
  ],
  [
    'shows texts in the language of the client',
    { type: 'MessageNode', config: message, request: { locales: ['fr-CA', 'de'] } },
    { asks: [callbacks.textOutput('Allô'), confirmation(['OK', 'Stop'], 1)] },
  ],
  [
    'falls back to the language at large',
    { type: 'MessageNode', config: message, request: { locales: ['es', 'de-CH'] } },
    { asks: [callbacks.textOutput('Hallo'), confirmation(['OK', 'Stop'], 1)] },
  ],
  [
    'is true for the first button',
    { type: 'MessageNode', config: { stateField: 'said' }, answers: [undefined, 0] },
    { outcome: 'true', shared: { said: 0 } },
  ],
  [
    'is false for the second',
    { type: 'MessageNode', config: { stateField: 'said' }, answers: [undefined, 1] },
    { outcome: 'false', shared: { said: 1 } },
  ],
  [
    'is false for any other',
    { type: 'MessageNode', answers: [undefined, 7] },
    { outcome: 'false', shared: {} },
  ],
  [
    'hands state to the client',
    { type: 'MetadataNode', config: { attributes: ['a', 'c'] }, shared: { a: 1, b: 2 } },
    { asks: [callbacks.metadata({ a: 1, c: null })] },
  ],
  [
    'hands no secrets to the client',
    {
      type: 'MetadataNode',
      config: { attributes: ['oneTimePassword', 'password', 'a'] },
      shared: { a: 1 },
      secure: { password: 'pw' },
      transient: { oneTimePassword: '12345678', a: 2 },
    },
    { asks: [callbacks.metadata({ oneTimePassword: null, password: null, a: 1 })] },
  ],
  [
    'replaces state in all stores',
    { type: 'SetStateNode', config: { attributes: { a: 'x' } }, shared: { b: 1 }, transient: { a: 'old' } },
    { outcome: 'outcome', shared: { b: 1, a: 'x' }, transient: {} },
  ],
  [
    'copies headers as lists',
    {
      type: 'RequestHeaderNode',
      config: { allowedHeaders: { 'X-A': 'a', 'X-B': 'b', 'X-C': 'c' }, headersToBeDelimited: ['x-b'] },
      request: {
        headers: [
          ['x-a', '1'],
          ['X-A', '2'],
          ['x-b', 'p, q'],
        ],
      },
    },
    { outcome: 'outcome', shared: { a: ['1', '2'], b: ['p', 'q'], c: [] }, effects: { boundHeaders: [] } },
  ],
  [
    'binds a header that names a device',
    {
      type: 'RequestHeaderNode',
      config: { allowedHeaders: { 'x-d': 'd' } },
      request: { headers: [['x-d', 'CN=f61dc341-c9c9-40c1-abbd-6997016f4c9e']] },
    },
    {
      outcome: 'outcome',
      shared: { d: ['CN=f61dc341-c9c9-40c1-abbd-6997016f4c9e'] },
      effects: { boundHeaders: ['x-d'] },
    },
  ],
  [
    'lets try again',
    { type: 'RetryLimitDecisionNode', config: { retryLimit: 1 }, shared: { username: 'alice' } },
    {
      outcome: 'Retry',
      shared: { username: 'alice', 'node-1.retryCount': 1 },
      effects: { attempts: [{ key: 'user / node-1 alice', username: 'alice' }] },
    },
  ],
  [
    'rejects beyond the limit',
    { type: 'RetryLimitDecisionNode', config: { retryLimit: 0 } },
    { outcome: 'Reject', shared: { 'node-1.retryCount': 1 } },
  ],
  [
    'has no level at first',
    { type: 'AuthLevelDecisionNode', config: { authLevelRequirement: 0 } },
    { outcome: 'false' },
  ],
  [
    'has the level',
    { type: 'AuthLevelDecisionNode', config: { authLevelRequirement: 3 }, shared: { authLevel: 3 } },
    { outcome: 'true' },
  ],
  [
    'has not the level',
    { type: 'AuthLevelDecisionNode', config: { authLevelRequirement: 4 }, shared: { authLevel: 3 } },
    { outcome: 'false' },
  ],
  [
    'reads a level that was written as text',
    { type: 'AuthLevelDecisionNode', config: { authLevelRequirement: 3 }, shared: { authLevel: '3' } },
    { outcome: 'true' },
  ],
  [
    'starts the level from the increment',
    { type: 'ModifyAuthLevelNode', config: { authLevelIncrement: 3 } },
    { outcome: 'outcome', shared: { authLevel: 3 } },
  ],
  [
    'adds to the level',
    { type: 'ModifyAuthLevelNode', config: { authLevelIncrement: -1 }, shared: { authLevel: 3 } },
    { outcome: 'outcome', shared: { authLevel: 2 } },
  ],
  [
    'adds session properties',
    {
      type: 'SetSessionPropertiesNode',
      config: { properties: { a: 'b' }, maxSessionTime: 10, maxIdleTime: 5 },
    },
    {
      outcome: 'outcome',
      effects: { sessionProperties: { a: 'b' }, maxSessionMinutes: 10, maxIdleMinutes: 5 },
    },
  ],
  [
    'takes AM’s nulls for nothing',
    { type: 'SetSessionPropertiesNode', config: { properties: null, maxSessionTime: null } },
    { outcome: 'outcome', effects: { sessionProperties: {} } },
  ],
  [
    'sets the success URL',
    { type: 'SetSuccessUrlNode', config: { successUrl: '/in' } },
    { outcome: 'outcome', shared: { successUrl: '/in' } },
  ],
  [
    'sets the failure URL',
    { type: 'SetFailureUrlNode', config: { failureUrl: '/out' } },
    { outcome: 'outcome', shared: { failureUrl: '/out' } },
  ],
  [
    'sets failure details',
    {
      type: 'SetFailureDetailsNode',
      config: { failureMessage: { en: 'No' }, failureDetails: { a: '{"b":1}', c: 'd' } },
    },
    { outcome: 'outcome', effects: { failure: { message: 'No', details: { a: { b: 1 }, c: 'd' } } } },
  ],
  [
    'sets success details',
    {
      type: 'SetSuccessDetailsNode',
      config: { successDetails: { a: 'true' }, sessionProperties: { t: 'team' } },
    },
    { outcome: 'outcome', effects: { success: { details: { a: true }, sessionProperties: { t: 'team' } } } },
  ],
  [
    'is true for an inner tree that succeeds',
    { type: 'InnerTreeEvaluatorNode', config: { tree: 'x' }, returned: { is: 'success' } },
    { outcome: 'true' },
  ],
  [
    'is false for one that fails',
    { type: 'InnerTreeEvaluatorNode', config: { tree: 'x' }, returned: { is: 'failure' } },
    { outcome: 'false' },
  ],
  [
    'is error for one that breaks, where it shows that',
    {
      type: 'InnerTreeEvaluatorNode',
      config: { tree: 'x', displayErrorOutcome: true },
      returned: { is: 'fault', node: { id: 'n', displayName: 'N', type: 'T' } },
    },
    {
      outcome: 'error',
      shared: {
        errorNode: { id: 'n', displayName: 'N', type: 'T' },
        errorMessage: 'A node of the inner tree failed.',
      },
    },
  ],
  [
    'has the client wait',
    { type: 'PollingWaitNode', config: { secondsToWait: 5, waitingMessage: { en: 'Wait {{time}} s' } } },
    { asks: [callbacks.pollingWait(5_000, 'Wait 5 s')], shared: waiting(NOW + 5_000, 0) },
  ],
  [
    'offers an exit',
    { type: 'PollingWaitNode', config: wait },
    {
      asks: [callbacks.pollingWait(5_000, 'Waiting for response...'), confirmation(['Exit'], 0, 100)],
      shared: waiting(NOW + 5_000, 0),
    },
  ],
  [
    'counts who is early',
    { type: 'PollingWaitNode', config: wait, shared: waiting(NOW + 1, 0), answers: [undefined, 100] },
    {
      asks: [callbacks.pollingWait(5_000, 'Waiting for response...'), confirmation(['Exit'], 0, 100)],
      shared: waiting(NOW + 1, 1),
    },
  ],
  [
    'calls it spam beyond the tolerance',
    { type: 'PollingWaitNode', config: wait, shared: waiting(NOW + 1, 2), answers: [undefined, 100] },
    { outcome: 'SPAM', shared: {} },
  ],
  [
    'is left by the exit',
    { type: 'PollingWaitNode', config: wait, shared: waiting(NOW + 1, 0), answers: [undefined, 0] },
    { outcome: 'EXITED', shared: {} },
  ],
  [
    'is done in time',
    { type: 'PollingWaitNode', config: wait, shared: waiting(NOW, 0), answers: [undefined, 100] },
    { outcome: 'DONE', shared: {} },
  ],
];

describe('a node', () => {
  test.each(ROWS)('%s: %o', async (_, nodeCase, expected) => {
    const { result, shared, transient } = await runAlone(nodeCase);
    expect(result).toMatchObject(
      expected.asks === undefined
        ? { is: 'outcome', outcome: expected.outcome }
        : { is: 'ask', callbacks: expected.asks },
    );
    expect(shared).toEqual(expected.shared ?? nodeCase.shared ?? {});
    expect(transient).toEqual(expected.transient ?? nodeCase.transient ?? {});
    expect(result).toMatchObject(expected.effects === undefined ? {} : { effects: expected.effects });
  });

  test('has told the world no more than that', () => {
    expect(SECOND_FACTOR_TRACES.mailed.map(({ to, text }) => `${to} ${text}`)).toEqual(
      ['alice@contoso.example', 'a@example.com', 'new@example.com'].map(
        (to) => `${to} Your One Time Password:12345678`,
      ),
    );
    expect(SECOND_FACTOR_TRACES.switched).toEqual([
      [idOf('bob'), false],
      [idOf('bob'), true],
    ]);
  });

  test.each<[string, NodeCase]>([
    ['no certificate to validate', { type: 'product-CertificateValidationNode' }],
    [
      'what is no certificate',
      { type: 'product-CertificateValidationNode', transient: { X509Certificate: ['AAAA'] } },
    ],
    ['no device to register for', { type: 'OathRegistrationNode' }],
    ['no one-time password', { type: 'OneTimePasswordCollectorDecisionNode', answers: ['1'] }],
    [
      'no mail server',
      {
        type: 'OneTimePasswordSmtpSenderNode',
        config: { hostName: 'a', hostPort: 25, fromEmailAddress: 'a@example.com' },
        transient: { oneTimePassword: '1' },
      },
    ],
    ['nobody to bar', { type: 'AccountLockoutNode', shared: { username: 'nobody' } }],
    ['no password', { type: 'DataStoreDecisionNode', shared: { username: 'alice' } }],
    ['nobody of that name', { type: 'OathTokenVerifierNode', shared: { username: 'nobody' } }],
    ['no name', { type: 'OathTokenVerifierNode' }],
    ['no user name', { type: 'DataStoreDecisionNode', transient: { password: 'x' } }],
    [
      'an identity store that cannot answer',
      {
        type: 'IdentityStoreDecisionNode',
        ...login,
        ports: {
          identities: {
            ...NOBODY,
            verifyPassword: () => Promise.resolve({ is: 'unavailable', detail: 'down' }),
          },
        },
      },
    ],
    [
      'a device that was asked about and cannot be told again',
      {
        type: 'IntuneNode',
        config: { azureTenantId: 'x', appRegistrationClientId: 'x' },
        ports: { intuneNodes: { find: () => ({ ok: true, node: forgetful }) } },
      },
    ],
    [
      'credentials twice',
      {
        type: 'ZeroPageLoginNode',
        request: {
          headers: [
            ['x-openam-username', 'a'],
            ['X-OpenAM-Username', 'b'],
          ],
        },
      },
    ],
    ['no such choice', { type: 'ChoiceCollectorNode', config: { choices: ['a', 'b'] }, answers: [2] }],
    [
      'a tenant that is gone',
      { type: 'IntuneNode', config: { azureTenantId: 't', appRegistrationClientId: 'c' } },
    ],
  ])('throws for %s', async (_, nodeCase) => {
    await expect(runAlone(nodeCase)).rejects.toThrow(NodeFault);
  });

  test('passes on the fault of an inner tree unless it shows it', async () => {
    const ending = { is: 'fault', node: { id: 'n', displayName: 'N', type: 'T' } } as const;
    await expect(
      runAlone({ type: 'InnerTreeEvaluatorNode', config: { tree: 'x' }, returned: ending }),
    ).rejects.toThrow('passed on');
  });
});

describe('RetryLimitDecisionNode', () => {
  const attempts = createMemoryAttemptStore(() => NOW);
  const visit = async (username: string) => {
    const { result } = await runAlone({
      type: 'RetryLimitDecisionNode',
      config: { retryLimit: 2 },
      shared: { username },
      ports: { attempts },
    });
    return 'outcome' in result ? result.outcome : '';
  };

  test('counts spellings of one name as one, and begins anew for a person after a reject', async () => {
    expect([await visit('alice'), await visit('ALICE'), await visit('alice')]).toEqual([
      'Retry',
      'Retry',
      'Reject',
    ]);
    // The run itself stays at its end.
    expect(await visit('bob')).toBe('Reject');
    expect(await attempts.read('user / node-1 alice')).toBe(0);
  });

  test('keeps no more of a name than counts, however long it is', async () => {
    const keys: string[] = [];
    await runAlone({
      type: 'RetryLimitDecisionNode',
      shared: { username: `\u200B${'a'.repeat(16_000)}` },
      ports: {
        attempts: {
          ...attempts,
          increment(key) {
            keys.push(key);
            return Promise.resolve(1);
          },
        },
      },
    });
    expect(keys.at(-1)).toMatch(/^user \/ node-1 a{255}$/);
  });
});

describe('the registry', () => {
  test('has each type once, with at least one outcome for some settings', () => {
    const names = NODE_TYPES.map(({ type }) => type);
    expect(new Set(names).size).toBe(names.length);
    for (const type of NODE_TYPES) {
      const tested = ROWS.some(([, { type: name }]) => name === type.type);
      expect([type.type, tested || type.holdsNodes === true]).toEqual([type.type, true]);
    }
  });

  test('IntuneNode has Ping’s outcomes in Ping’s order', () => {
    const type = NODE_TYPES.find((candidate) => candidate.type === 'IntuneNode');
    expect(type?.outcomes({}).map(({ id, displayName }) => `${id} ${displayName}`)).toEqual([
      'COMPLIANT Compliant',
      'NONCOMPLIANT Not Compliant',
      'INGRACEPERIOD In Grace Period',
      'CONFIGMANAGER Config Manager',
      'CONFLICT Conflict',
      'NOID No Id',
      'UNKNOWN Status Unknown',
      'ERROR Error',
    ]);
  });
});
