import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import type { PagesSurface } from '../../src/http/pages/pagesSurface.ts';
import type { LookupFailure } from '../../src/node/deviceDirectory.ts';
import type { ManagedDevice } from '../../src/node/managedDevice.ts';
import type { FailedSetting } from '../../src/node/policyStates.ts';
import { createHeaderSource } from '../../src/node/sources/headerSource.ts';
import { createOperatorSource } from '../../src/node/sources/operatorSource.ts';
import { createDeviceDesk, createRecheckMemory } from '../../src/pages/deviceDesk.ts';
import { readShippedTexts } from '../../src/pages/shippedPages.ts';
import { fakeDirectory, managedDevice, NOW } from './fakeDirectory.ts';
import { FAILURE, journeyFile, LOGIN, SUCCESS, type TreeFixture } from './journeyFixtures.ts';
import { API_KEY, OTHER_KEY, sha256 } from './testApp.ts';
import { CLIENT_ID, TENANT_ID, testJourneys, type TestJourneysOptions } from './testJourneys.ts';
import { testNode } from './testNode.ts';

/** Lets everybody in, with whatever device. */
const DEVICE_STATUS: TreeFixture = {
  nodes: {
    ...LOGIN.nodes,
    check: { type: 'DataStoreDecisionNode', to: { true: 'intune', false: FAILURE } },
    intune: {
      type: 'IntuneNode',
      to: Object.fromEntries(
        [
          'COMPLIANT',
          'NONCOMPLIANT',
          'INGRACEPERIOD',
          'CONFIGMANAGER',
          'CONFLICT',
          'NOID',
          'UNKNOWN',
          'ERROR',
        ].map((outcome) => [outcome, SUCCESS]),
      ),
      config: { azureTenantId: TENANT_ID, appRegistrationClientId: CLIENT_ID },
    },
  },
};

export interface TestPagesOptions extends Partial<Omit<TestJourneysOptions, 'files'>> {
  readonly trees?: Readonly<Record<string, TreeFixture>>;
  readonly pages?: never;
  readonly surface?: Partial<PagesSurface>;
  readonly canTell?: boolean;
}

export interface TestPages {
  readonly app: FastifyInstance;
  /** What is true of the devices now; tests change it. */
  readonly world: {
    devices: ManagedDevice[];
    failed: readonly FailedSetting[] | LookupFailure;
    /** Why Intune cannot be asked at all. */
    outage: LookupFailure | undefined;
  };
  /** Milliseconds since 1970; tests move it. */
  readonly clock: { now: number };
  /** Devices that were told to check in. */
  readonly told: string[];
  /** A browser with a jar of its own. */
  readonly browser: (deviceId?: string) => TestBrowser;
}

/** One that is undefined is not sent. */
type SentHeaders = Readonly<Record<string, string | undefined>>;

export interface TestBrowser {
  get(url: string, headers?: SentHeaders): Promise<LightMyRequestResponse>;
  /** Sends a form as a browser does from a page of the same origin. */
  post(url: string, form: Record<string, string>, headers?: SentHeaders): Promise<LightMyRequestResponse>;
  /** Fills in the form of a page, and sends it. */
  answer(page: LightMyRequestResponse, values: Record<string, string>): Promise<LightMyRequestResponse>;
  /** To the device page, by way of the login page. */
  signIn(username?: string, password?: string): Promise<LightMyRequestResponse>;
  readonly cookie: string | undefined;
}

/** The pages over devices and people in memory, with a clock that stands still. Devices show themselves in `x-intune`. */
export function testPages(options: TestPagesOptions = {}): TestPages {
  const clock = { now: NOW };
  const world: TestPages['world'] = {
    outage: undefined,
    devices: [managedDevice({ complianceState: 'noncompliant', properties: { deviceName: 'LAPTOP-1' } })],
    failed: [
      {
        policy: 'Windows baseline',
        setting: 'Windows10CompliancePolicy.BitLockerEnabled',
        state: 'nonCompliant',
      },
    ],
  };
  const told: string[] = [];
  const now = (): number => clock.now;
  const inner = (): ReturnType<typeof fakeDirectory> => fakeDirectory(world.devices);
  const directory = fakeDirectory([], {
    replace: {
      findManagedDevice: async (id, asker) => world.outage ?? inner().findManagedDevice(id, asker),
      findManagedDevicesByEntraId: async (id, asker) =>
        world.outage ?? inner().findManagedDevicesByEntraId(id, asker),
    },
  });
  const source = createHeaderSource({
    from: ['proxy'],
    peers: undefined,
    idKind: 'intune',
    name: 'x-intune',
  });
  const node = testNode(directory, { sources: [source], now });
  const { canTell = true } = options;
  const { app } = testJourneys({
    now,
    directory,
    ...options,
    files: [journeyFile({ Login: LOGIN, DeviceStatus: DEVICE_STATUS, ...options.trees })],
    config: { default: 'Login', ...options.config },
    pages: (composed) => ({
      callers: [
        { name: 'helpdesk', apiKeySha256: [sha256(API_KEY)], certificateSha256: [], nodes: ['default'] },
        { name: 'other', apiKeySha256: [sha256(OTHER_KEY)], certificateSha256: [], nodes: ['default'] },
      ],
      pages: {
        texts: readShippedTexts(),
        journey: undefined,
        deviceJourney: 'DeviceStatus',
        allowedHosts: ['app.example'],
        formTokens: composed.formTokens,
        canTell,
        nodeName: 'default',
        node,
        nodeFor: (id) => testNode(directory, { sources: [createOperatorSource(id, 'intune')], now }),
        callers: new Set(['helpdesk']),
        now,
        desk: createDeviceDesk({
          directory,
          policyStates: {
            findFailedSettings: () =>
              Promise.resolve(
                'ok' in world.failed
                  ? world.failed
                  : { ok: true, value: world.failed, source: 'graph', fetchedAt: now() },
              ),
          },
          memory: createRecheckMemory(),
          sync: canTell
            ? {
                syncDevice(id) {
                  told.push(id);
                  return Promise.resolve({ ok: true, value: true, source: 'graph', fetchedAt: now() });
                },
              }
            : undefined,
          recheckIntervalMs: 60_000,
          watchMs: 120_000,
          deadlineMs: 1_000,
          now,
        }),
        ...options.surface,
      },
    }),
  });
  return { app, world, clock, told, browser: (deviceId) => createBrowser(app, deviceId) };
}

function createBrowser(app: FastifyInstance, deviceId: string | undefined): TestBrowser {
  let cookie: string | undefined;
  const send = async (
    method: 'GET' | 'POST',
    url: string,
    headers: SentHeaders,
    payload?: string,
  ): Promise<LightMyRequestResponse> => {
    const response = await app.inject({
      method,
      url,
      headers: sent({
        'accept-language': 'en',
        'x-intune': deviceId === undefined ? undefined : `CN=${deviceId}`,
        cookie,
        ...headers,
      }),
      ...(payload === undefined ? {} : { payload }),
    });
    const [set] = [response.headers['set-cookie'] ?? []].flat();
    if (set !== undefined) cookie = set.split(';')[0];
    return response;
  };
  const browser: TestBrowser = {
    get cookie() {
      return cookie;
    },
    get: (url, headers = {}) => send('GET', url, headers),
    post: (url, form, headers = {}) =>
      send(
        'POST',
        url,
        {
          'content-type': 'application/x-www-form-urlencoded',
          'sec-fetch-site': 'same-origin',
          ...headers,
        },
        new URLSearchParams(form).toString(),
      ),
    answer(page, values) {
      const { action, fields } = formOn(page.body);
      return browser.post(action, { ...fields, ...values });
    },
    async signIn(username = 'alice', password = 'correct horse') {
      const sentOn = await browser.get('/device');
      const page = await browser.get(sentOn.headers.location ?? '');
      return browser.answer(page, { IDToken1: username, IDToken2: password });
    },
  };
  return browser;
}

function sent(headers: SentHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** The one form of a page, with what it would send. */
export function formOn(page: string): { readonly action: string; readonly fields: Record<string, string> } {
  const [, action = ''] = /<form[^>]*action="([^"]*)"/.exec(page) ?? [];
  const fields: Record<string, string> = {};
  for (const [tag] of page.matchAll(/<input[^>]*>/g)) {
    const [, name] = /\bname="([^"]*)"/.exec(tag) ?? [];
    const [, value = ''] = /\bvalue="([^"]*)"/.exec(tag) ?? [];
    const isChosen = !tag.includes('type="radio"') || /\bchecked\b/.test(tag);
    if (name !== undefined && isChosen) fields[name] = unescape(value);
  }
  return { action: unescape(action), fields };
}

function unescape(text: string): string {
  const characters: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return text.replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => characters[name] ?? '');
}
