import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { composeJourneys, createJourneyMemory, type JourneyMemory } from '../../src/composeJourneys.ts';
import { composeFallWatch } from '../../src/composeGuard.ts';
import { defaultJourneysSetup } from '../../src/config/resolveJourneys.ts';
import type { JudgedQuestion } from '../../src/http/forwardAuth/guardWatch.ts';
import type { GuardPages } from '../../src/http/forwardAuth/pageLocation.ts';
import { createLogger } from '../../src/http/logging.ts';
import { createMailSenders } from '../../src/mail/mailSenders.ts';
import { readJourneys } from '../../src/journeys/format/readJourneys.ts';
import { createAdmission } from '../../src/node/admission.ts';
import { createHeaderSource } from '../../src/node/sources/headerSource.ts';
import { createWatchedNode } from '../../src/node/watchedNode.ts';
import type { ManagedDevice } from '../../src/node/managedDevice.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { PolicyException } from '../../src/policy/policyException.ts';
import { createScrub } from '../../src/sharedState/scrub.ts';
import type { SessionFacts, Sessions } from '../../src/sessions/sessions.ts';
import { fakeDirectory, NOW } from './fakeDirectory.ts';
import { createMemoryIdentityStore } from './memoryIdentityStore.ts';
import { testApp } from './testApp.ts';
import { testNode } from './testNode.ts';
import { testPolicies } from './testPolicies.ts';

export const PAGES: GuardPages = {
  loginUrl: '/login',
  deniedUrl: '/device',
  allowedHosts: ['app.example', '127.0.0.1:8080'],
};

export interface GuardedGateOptions {
  readonly policy?: Partial<Policy>;
  readonly pages?: GuardPages;
  readonly exceptions?: readonly PolicyException[];
  /** Devices that Intune knows; the same list is looked at each time. */
  readonly devices: readonly ManagedDevice[];
  /** Where requests come from; default: the proxy `edge`, by its address. */
  readonly addresses?: readonly string[];
}

/** A gate behind the proxy `edge`, which may say which device it is, with sessions and a clock of its own. */
export interface GuardedGate {
  readonly app: FastifyInstance;
  readonly log: readonly string[];
  readonly judged: readonly JudgedQuestion[];
  readonly sessions: Sessions;
  readonly memory: JourneyMemory;
  ask(
    path: string,
    headers?: Record<string, string>,
    method?: 'GET' | 'POST' | 'HEAD',
  ): Promise<LightMyRequestResponse>;
  /** Logs somebody in. @returns the token */
  logIn(facts?: Partial<SessionFacts>): Promise<string>;
  pass(ms: number): void;
}

export function guardedGate({
  policy,
  pages = PAGES,
  exceptions = [],
  devices,
  addresses = ['127.0.0.0/8'],
}: GuardedGateOptions): GuardedGate {
  let time = NOW;
  const now = (): number => time;
  const memory = createJourneyMemory(now);
  const { surface: journeys } = composeJourneys(defaultJourneysSetup(readJourneys([])), {
    tenants: {},
    directoryOf: () => undefined,
    nodes: new Map(),
    admission: createAdmission(10),
    scrub: createScrub([]),
    now,
    logger: createLogger('silent'),
    identities: createMemoryIdentityStore([]),
    mail: createMailSenders([]),
    memory,
  });
  const node = createWatchedNode(
    testNode(fakeDirectory(devices), {
      sources: [createHeaderSource({ name: 'x-intune', from: ['edge'], peers: undefined, idKind: 'intune' })],
      now,
    }),
    [composeFallWatch(memory.sessionRecords)],
  );
  const judged: JudgedQuestion[] = [];
  const { app, log } = testApp(undefined, {
    policies: testPolicies({ default: node }, policy),
    proxies: [{ name: 'edge', addresses }],
    journeys,
    stepUp: pages,
    exceptions,
    watchGuard: (one) => judged.push(one),
    now,
  });
  return {
    app,
    log,
    judged,
    memory,
    sessions: journeys.sessions,
    ask: (url, headers = {}, method = 'GET') => app.inject({ method, url, headers }),
    async logIn(facts = {}) {
      const { token } = await journeys.sessions.issue({
        username: 'alice',
        universalId: 'id=alice',
        service: 'Login',
        authLevel: 10,
        methods: ['DataStore'],
        properties: {},
        maxMinutes: undefined,
        idleMinutes: undefined,
        ...facts,
      });
      return token;
    },
    pass(ms) {
      time += ms;
    },
  };
}
