import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { composeJourneys, createJourneyMemory, type JourneyMemory } from '../../src/composeJourneys.ts';
import { defaultJourneysSetup, type JourneysSetup } from '../../src/config/resolveJourneys.ts';
import { buildApp, type TlsOptions } from '../../src/http/app.ts';
import { createLogger } from '../../src/http/logging.ts';
import { createSurface, type SurfaceOptions } from '../../src/http/surface.ts';
import type { IdentityStore } from '../../src/identity/identityStore.ts';
import type { MailSenders } from '../../src/identity/mailSender.ts';
import { createMailSenders } from '../../src/mail/mailSenders.ts';
import { readJourneys, type JourneyFile } from '../../src/journeys/format/readJourneys.ts';
import type { NodeType } from '../../src/journeys/nodeType.ts';
import { createAdmission } from '../../src/node/admission.ts';
import type { DeviceDirectory } from '../../src/node/deviceDirectory.ts';
import { createScrub } from '../../src/sharedState/scrub.ts';
import { fakeDirectory, managedDevice, NOW } from './fakeDirectory.ts';
import { createMemoryIdentityStore, type MemoryUser } from './memoryIdentityStore.ts';

export const ALICE: MemoryUser = { username: 'alice', password: 'correct horse' };
export const BOB: MemoryUser = { username: 'bob', password: 'battery staple' };
export const TENANT_ID = '11111111-2222-4333-8444-555555555555';
export const CLIENT_ID = '66666666-7777-4888-8999-aaaaaaaaaaaa';

export interface TestJourneysOptions {
  readonly files: readonly JourneyFile[];
  readonly users?: readonly MemoryUser[];
  readonly identities?: IdentityStore;
  /** More keys of the configuration. */
  readonly config?: Partial<JourneysSetup>;
  readonly mail?: MailSenders;
  readonly directory?: DeviceDirectory;
  readonly memory?: JourneyMemory;
  readonly now?: () => number;
  /** Who delivers requests; default: `proxy`, which journeys believe. */
  readonly hop?: string | undefined;
  /** The gate ends TLS itself. */
  readonly tls?: TlsOptions;
  /** Node types beside our own. */
  readonly types?: readonly NodeType[];
  readonly variables?: Readonly<Record<string, string>>;
  /** The pages in front of them; default: none. */
  readonly pages?: (composed: ReturnType<typeof composeJourneys>) => Partial<SurfaceOptions>;
}

export interface TestJourneys {
  readonly app: FastifyInstance;
  readonly memory: JourneyMemory;
  readonly composed: ReturnType<typeof composeJourneys>;
}

/** A gate that runs journeys, with people and devices in memory, and a clock that stands still. */
export function testJourneys(options: TestJourneysOptions): TestJourneys {
  const { files, users = [ALICE, BOB], now = () => NOW } = options;
  const hop = 'hop' in options ? options.hop : 'proxy';
  const memory = options.memory ?? createJourneyMemory(now);
  const logger = createLogger('silent');
  const composed = composeJourneys(
    {
      ...defaultJourneysSetup(readJourneys(files)),
      from: ['proxy'],
      variables: options.variables ?? {},
      ...options.config,
    },
    {
      tenants: { default: { tenantId: TENANT_ID, clientId: CLIENT_ID } as never },
      directoryOf: () => options.directory ?? fakeDirectory([managedDevice()]),
      nodes: new Map(),
      admission: createAdmission(10_000),
      scrub: createScrub([]),
      now,
      logger,
      identities: options.identities ?? createMemoryIdentityStore(users),
      mail: options.mail ?? createMailSenders([]),
      memory,
      nodeTypes: options.types ?? [],
    },
  );
  const surface = {
    ...createSurface({
      nodes: new Map(),
      policies: new Map(),
      callers: [],
      proxies: [],
      journeys: composed.surface,
      ...options.pages?.(composed),
    }),
    findProxy: () => hop,
  };
  const app = buildApp({
    surface: () => surface,
    logger,
    bodyBytes: 262_144,
    listener: { isUnixSocket: false, tls: options.tls },
  });
  return { app, memory, composed };
}

/** What a step of the protocol looks like to a client. */
export interface ClientStep {
  readonly authId: string;
  readonly callbacks: {
    readonly type: string;
    readonly output: { readonly name: string; readonly value: unknown }[];
    readonly input?: { readonly name: string; value: unknown }[];
    readonly _id?: number;
  }[];
}

export const ROOT = '/json/realms/root';

/** Calls the authenticate endpoint as curl would. */
export async function callAuthenticate(
  app: FastifyInstance,
  body: InjectOptions['payload'],
  options: {
    readonly query?: string;
    readonly headers?: Record<string, string>;
    readonly base?: string;
  } = {},
): Promise<LightMyRequestResponse> {
  return app.inject({
    method: 'POST',
    url: `${options.base ?? ROOT}/authenticate${options.query ?? ''}`,
    headers: {
      'content-type': 'application/json',
      'accept-api-version': 'resource=2.0, protocol=1.0',
      ...options.headers,
    },
    ...(body === undefined ? {} : { payload: body }),
  });
}

/** The step with its inputs filled in, in the order of the inputs. */
export function answered(step: ClientStep, values: readonly unknown[]): ClientStep {
  const rest = [...values];
  return {
    ...step,
    callbacks: step.callbacks.map((callback) => ({
      ...callback,
      ...(callback.input === undefined
        ? {}
        : {
            input: callback.input.map((input) =>
              rest.length === 0 ? input : { ...input, value: rest.shift() },
            ),
          }),
    })),
  };
}
