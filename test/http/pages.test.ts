import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { callbacks } from '../../src/journeys/callbacks/callback.ts';
import { ask, goTo } from '../../src/journeys/nodeResult.ts';
import { defineNodeType, SINGLE_OUTCOME } from '../../src/journeys/nodeType.ts';
import { DEVICE_ID, failure, managedDevice, OTHER_ID } from '../support/fakeDirectory.ts';
import { FAILURE, LOGIN, SUCCESS } from '../support/journeyFixtures.ts';
import { API_KEY, OTHER_KEY, testApp } from '../support/testApp.ts';
import { formOn, testPages, type TestPages, type TestPagesOptions } from '../support/testPages.ts';

const apps: FastifyInstance[] = [];
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

function open(options: TestPagesOptions = {}): TestPages {
  const pages = testPages(options);
  apps.push(pages.app);
  return pages;
}

const GOOD = { IDToken1: 'alice', IDToken2: 'correct horse' };
const ATTACK = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`;

describe('without pages in the configuration', () => {
  test.each([
    ['GET', '/login'],
    ['POST', '/login'],
    ['GET', '/device'],
    ['POST', '/device/recheck'],
    ['GET', '/device/state'],
    ['GET', '/login/assets/page.js'],
    ['GET', '/v1/device'],
    ['POST', '/v1/device'],
    ['POST', '/v1/device/recheck'],
  ] as const)('%s %s is not there', async (method, url) => {
    const { app } = testApp();
    apps.push(app);
    expect((await app.inject({ method, url })).statusCode).toBe(404);
  });
});

describe('every page', () => {
  test.each(['/login', '/device', '/login?service=Nothing', '/login?suspendedId=x'])(
    '%s carries the headers of its policy',
    async (url) => {
      const { headers } = await open().browser(DEVICE_ID).get(url);
      const policy = String(headers['content-security-policy']);
      for (const rule of [
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "form-action 'self'",
      ]) {
        expect(policy).toContain(rule);
      }
      expect(policy).not.toMatch(/unsafe|\*|data:/);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
      });
    },
  );

  test('has no script and no style of its own in it', async () => {
    const browser = open().browser(DEVICE_ID);
    for (const { body } of [
      await browser.get('/login'),
      await browser.signIn().then(() => browser.get('/device')),
    ]) {
      expect(body).not.toMatch(
        /<style|style=|<script(?! type="module" src="\/login\/assets\/page\.js">)|\son\w+=/,
      );
    }
  });

  test('speaks the language of its reader', async () => {
    const browser = open().browser();
    const speak = async (language: string): Promise<string> =>
      (await browser.get('/login?service=Nothing', { 'accept-language': language })).body;
    expect(await speak('de-AT, en;q=0.5')).toContain('<html lang="de"');
    expect(await speak('fr, de;q=0.5')).toContain('<html lang="de"');
    expect(await speak('fr')).toContain('<html lang="en"');
    expect(await speak(`"><script>${'x'.repeat(1_000)}`)).toContain('<html lang="en"');
    expect(await speak('../../../../etc/passwd, __proto__, constructor')).toContain('<html lang="en"');
  });

  test('loads files that are the same for everybody, and may be kept', async () => {
    const browser = open().browser();
    const script = await browser.get('/login/assets/page.js');
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(script.headers['set-cookie']).toBeUndefined();
    const again = await browser.get('/login/assets/page.js', {
      'if-none-match': String(script.headers.etag),
    });
    expect(again.statusCode).toBe(304);
    for (const name of ['..%2f..%2fpageTexts.ts', '../texts/en.json', '%2e%2e/markup.ts']) {
      expect((await browser.get(`/login/assets/${name}`)).statusCode).toBe(404);
    }
  });
});

describe('the login page', () => {
  test('runs a journey to its end, and sets the cookie of the session', async () => {
    const browser = open().browser();
    const page = await browser.get('/login?goto=%2Fapp');
    expect(page.body).toContain('<h1>Sign in</h1>');
    const end = await browser.answer(page, GOOD);
    expect([end.statusCode, end.headers.location]).toEqual([303, '/app']);
    expect(end.headers['set-cookie']).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    expect((await browser.get('/login')).headers.location).toBe('/device');
  });

  test('says that answers were wrong, and asks anew', async () => {
    const browser = open().browser();
    const page = await browser.answer(await browser.get('/login'), { ...GOOD, IDToken2: 'wrong' });
    expect(page.statusCode).toBe(200);
    expect(page.body).toMatch(/role="alert"[^>]*autofocus/);
    expect(page.body).toContain('You could not be signed in.');
    expect((await browser.answer(page, GOOD)).statusCode).toBe(303);
  });

  test('says so, too, where the journey itself asks again', async () => {
    const check = { type: 'DataStoreDecisionNode', to: { true: SUCCESS, false: 'page' } };
    const browser = open({ trees: { Again: { nodes: { ...LOGIN.nodes, check } } } }).browser();
    const first = await browser.get('/login?service=Again');
    expect(first.body).not.toContain('role="alert"');
    const page = await browser.answer(first, { ...GOOD, IDToken2: 'wrong' });
    expect(page.body).toContain('You could not be signed in.');
    expect((await browser.answer(page, GOOD)).statusCode).toBe(303);
  });

  test('takes a step once', async () => {
    const browser = open().browser();
    const page = await browser.get('/login');
    await browser.answer(page, GOOD);
    const again = await open().browser().answer(page, GOOD);
    expect(again.headers['set-cookie']).toBeUndefined();
    expect(again.body).toContain('Please start again.');
  });

  test.each([
    ['nothing', {}],
    ['no authId', { authId: '' }],
    ['an authId of somebody else', { authId: 'e30.e30.x' }],
    ['other callbacks', { callback1: 'ChoiceCallback' }],
    ['a callback more', { callback3: 'NameCallback', IDToken3: 'x' }],
    ['an answer that is too long', { IDToken1: 'x'.repeat(20_000) }],
  ])('begins anew where a form holds %s', async (_, changes) => {
    const browser = open().browser();
    const page = await browser.get('/login');
    const { action, fields } = formOn(page.body);
    const answer = await browser.post(
      action,
      Object.keys(changes).length === 0 ? {} : { ...fields, ...GOOD, ...changes },
    );
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.body).toContain('name="authId"');
  });

  test('tells what the journey says, as text', async () => {
    const pages = open({
      trees: {
        Told: {
          ...LOGIN,
          nodes: {
            ...LOGIN.nodes,
            check: { type: 'DataStoreDecisionNode', to: { true: SUCCESS, false: 'say' } },
            say: {
              type: 'SetFailureDetailsNode',
              to: { outcome: FAILURE },
              config: { failureDetails: {}, failureMessage: { en: ATTACK } },
            },
          },
        },
      },
    });
    const visitor = pages.browser();
    const page = await visitor.answer(await visitor.get('/login?service=Told'), { ...GOOD, IDToken2: 'x' });
    expect(page.body).not.toContain('<img');
    expect(page.body).not.toContain('<script>');
  });

  test('ends where a journey asks nothing and fails, without trying again by itself', async () => {
    const pages = open({
      trees: {
        Wall: {
          nodes: {
            no: {
              type: 'SetFailureUrlNode',
              to: { outcome: FAILURE },
              config: { failureUrl: 'https://evil.example/' },
            },
          },
        },
      },
    });
    const page = await pages.browser().get('/login?service=Wall');
    expect(page.statusCode).toBe(403);
    expect(page.headers.location).toBeUndefined();
    expect(page.body).toContain('You cannot sign in this way.');
    expect(page.body).not.toContain('evil');
  });

  test.each(['Nothing', '__proto__', '../Login', ATTACK])('offers no journey %s', async (name) => {
    const page = await open()
      .browser()
      .get(`/login?service=${encodeURIComponent(name)}`);
    expect(page.statusCode).toBe(403);
    expect(page.body).toContain('Nobody can sign in here in this way.');
    expect(page.body).not.toContain('<script>alert');
  });

  test('lets no address choose a session or a journey behind its back', async () => {
    const pages = open({ trees: { Inner: { ...LOGIN, tree: { innerTreeOnly: true } } } });
    const victim = pages.browser();
    expect((await victim.get('/login?service=Inner')).statusCode).toBe(403);
    const attacker = pages.browser();
    await attacker.answer(await attacker.get('/login'), GOOD);
    const token = attacker.cookie?.split('=')[1] ?? '';
    expect(token.length).toBeGreaterThan(100);
    const page = await victim.get(
      `/login?sessionUpgradeSSOTokenId=${token}&authIndexType=service&authIndexValue=Inner`,
    );
    expect(page.statusCode).toBe(200);
    expect(page.headers['set-cookie']).toBeUndefined();
  });

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['an address bar', { 'sec-fetch-site': 'none' }],
    ['another origin', { 'sec-fetch-site': undefined, origin: 'https://evil.example' }],
    ['a hidden origin', { 'sec-fetch-site': undefined, origin: 'null' }],
    ['nobody knows where', { 'sec-fetch-site': undefined }],
  ])('takes no form from %s', async (_, headers) => {
    const browser = open().browser();
    const { action, fields } = formOn((await browser.get('/login')).body);
    const answer = await browser.post(action, { ...fields, ...GOOD }, headers);
    expect(answer.statusCode).toBe(403);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  test('takes a form of a browser that says its origin only', async () => {
    const browser = open().browser();
    const { action, fields } = formOn((await browser.get('/login')).body);
    const headers = {
      'sec-fetch-site': undefined,
      origin: 'http://gate.example',
      host: 'gate.example',
    };
    expect((await browser.post(action, { ...fields, ...GOOD }, headers)).statusCode).toBe(303);
  });

  test('takes no JSON and no file', async () => {
    const { app } = open();
    for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/plain']) {
      const answer = await app.inject({
        method: 'POST',
        url: '/login',
        headers: { 'content-type': type, 'sec-fetch-site': 'same-origin' },
        payload: '{}',
      });
      expect(answer.statusCode).toBe(415);
    }
    const large = await app.inject({
      method: 'POST',
      url: '/login',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
      payload: 'x='.padEnd(300_000, 'x'),
    });
    expect(large.statusCode).toBe(413);
  });
});

describe('after a login somebody goes', () => {
  const arrive = async (
    goto: string,
  ): Promise<{ status: number; location: string | undefined; body: string }> => {
    const browser = open().browser();
    const page = await browser.get(`/login?goto=${encodeURIComponent(goto)}`);
    const end = await browser.answer(page, GOOD);
    return { status: end.statusCode, location: end.headers.location, body: end.body };
  };

  test('to an allowed host, by a page that its own form may lead to', async () => {
    const { status, location, body } = await arrive('https://app.example/x?y=1&z="');
    expect([status, location]).toEqual([303, '/device']);
    expect(body).toBe('');
    const good = await arrive('https://app.example/x?y=1&z=2');
    expect(good.status).toBe(200);
    expect(good.body).toContain('content="0;url=https://app.example/x?y=1&amp;z=2"');
  });

  test.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https:/\\evil.example',
    'https://app.example@evil.example/',
    'https://app.example.evil.example/',
    'https://app.example:8443/',
    'http://app.example/',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://app.example/\r\nset-cookie: x=1',
    '/x\r\nlocation: https://evil.example',
    '/\t/evil.example',
    'https://аpp.example/',
    ' https://evil.example',
  ])('nowhere else: %j', async (goto) => {
    const { location, body } = await arrive(goto);
    expect(location).toBe('/device');
    expect(body).toBe('');
  });

  test('nowhere if two places are named', async () => {
    const browser = open().browser();
    const page = await browser.get('/login?goto=%2Fa&goto=%2Fb');
    expect((await browser.answer(page, GOOD)).headers.location).toBe('/device');
  });
});

describe('a journey may ask anything', () => {
  const everything = defineNodeType({
    type: 'Everything',
    displayName: 'Everything',
    configuration: z.object({}),
    outcomes: () => SINGLE_OUTCOME,
    asks: () => 'always',
    inputs: () => ['username'],
    run({ answers, state }) {
      if (answers === undefined) {
        return ask([
          callbacks.textOutput(ATTACK, 'warning'),
          callbacks.choice(ATTACK, [ATTACK, 'second']),
          callbacks.textInput(ATTACK, ATTACK),
          callbacks.hiddenValue(ATTACK, ATTACK),
          callbacks.metadata({ x: ATTACK }),
          callbacks.confirmation({ options: [ATTACK, 'No'], defaultOption: 1 }),
        ]);
      }
      state.putShared(
        'seen',
        answers.map(({ value }) => value ?? null),
      );
      return goTo('outcome');
    },
  });

  test('all of it is text, and comes back as it was', async () => {
    const pages = open({
      types: [everything],
      trees: { All: { nodes: { all: { type: 'Everything', to: { outcome: 'page' } }, ...LOGIN.nodes } } },
    });
    const visitor = pages.browser();
    const page = await visitor.get('/login?service=All');
    expect(page.body).not.toMatch(/<img|<script>/);
    const { fields } = formOn(page.body);
    expect(fields).toMatchObject({ IDToken2: '0', IDToken3: ATTACK, IDToken4: ATTACK, IDToken6: '1' });
    const next = await visitor.answer(page, { IDToken2: '1', IDToken6: '0' });
    expect(next.body).toContain('Sign in');
    expect((await visitor.answer(next, GOOD)).statusCode).toBe(303);
  });
});

describe('the device page', () => {
  test('sends who is not signed in to a journey that lets them in', async () => {
    const { statusCode, headers } = await open().browser(DEVICE_ID).get('/device');
    expect([statusCode, headers.location]).toEqual([303, '/login?service=DeviceStatus&goto=%2Fdevice']);
  });

  test('shows how the device stands, why, and what to do', async () => {
    const browser = open().browser(DEVICE_ID);
    expect((await browser.signIn()).headers.location).toBe('/device');
    const { statusCode, body } = await browser.get('/device');
    expect(statusCode).toBe(200);
    for (const text of [
      'Signed in as alice',
      'This device is blocked',
      'The storage must be encrypted',
      'Windows baseline',
      'https://learn.microsoft.com/mem/intune/user-help/encrypt-your-device-windows',
      'LAPTOP-1',
      '1 hour ago',
    ]) {
      expect(body).toContain(text);
    }
    expect(body).not.toContain(DEVICE_ID);
    expect(body).not.toContain('acarter');
  });

  test('does without the reasons where Intune cannot tell them', async () => {
    const pages = open();
    pages.world.failed = failure('permissionMissing');
    const browser = pages.browser(DEVICE_ID);
    await browser.signIn();
    const { body } = await browser.get('/device');
    expect(body).toContain('This device is blocked');
    expect(body).toContain('cannot be shown at the moment');
  });

  test('takes the name of a device for text', async () => {
    const pages = open();
    pages.world.devices = [
      managedDevice({
        complianceState: 'noncompliant',
        properties: { deviceName: `${ATTACK}\u202etxt.exe`, osVersion: ATTACK },
      }),
    ];
    pages.world.failed = [{ policy: ATTACK, setting: ATTACK, state: ATTACK }];
    const browser = pages.browser(DEVICE_ID);
    await browser.signIn();
    const { body } = await browser.get('/device');
    expect(body).toContain('&lt;img');
    expect(body).not.toMatch(/<img|<script>|\u202e/);
  });

  test.each([
    ['another device', OTHER_ID, 'You signed in with another device'],
    ['no device', undefined, 'This device was not recognised'],
    ['nonsense', 'x', 'This device was not recognised'],
  ])('shows nothing to a session that comes with %s', async (_, shown, title) => {
    const pages = open();
    pages.world.devices = [
      ...pages.world.devices,
      managedDevice({ id: OTHER_ID, properties: { deviceName: 'OTHER' } }),
    ];
    const owner = pages.browser(DEVICE_ID);
    await owner.signIn();
    const thief = pages.browser(shown);
    const cookie = { cookie: owner.cookie ?? '' };
    const page = await thief.get('/device', cookie);
    expect(page.statusCode).toBe(403);
    expect(page.body).toContain(title);
    expect(page.body).not.toMatch(/LAPTOP|OTHER|alice|BitLocker|encrypted/);
    for (const url of ['/device/state', '/v1/device']) {
      const answer = await thief.get(url, cookie);
      expect(answer.statusCode).toBe(403);
      expect(answer.body).not.toMatch(/LAPTOP|OTHER|alice|BitLocker/);
    }
  });

  test('shows nothing to a session that was made without a device', async () => {
    const pages = open();
    const elsewhere = pages.browser();
    await elsewhere.signIn();
    const page = await pages.browser(DEVICE_ID).get('/device', { cookie: elsewhere.cookie ?? '' });
    expect(page.statusCode).toBe(403);
  });

  test('leads on only to allowed places', async () => {
    const pages = open();
    pages.world.devices = [managedDevice()];
    const browser = pages.browser(DEVICE_ID);
    await browser.signIn();
    expect((await browser.get('/device?goto=https%3A%2F%2Fapp.example%2F')).body).toContain(
      'Go on to app.example',
    );
    for (const goto of ['https://evil.example/', '//evil.example', 'javascript:alert(1)']) {
      const { body } = await browser.get(`/device?goto=${encodeURIComponent(goto)}`);
      expect(body).not.toContain('Go on');
      expect(body).not.toMatch(/href="(?:javascript|https:\/\/evil|\/\/)/);
    }
  });
});

describe('a recheck', () => {
  const begin = async (pages: TestPages) => {
    const browser = pages.browser(DEVICE_ID);
    await browser.signIn();
    const page = await browser.get('/device');
    return { browser, page, begun: await browser.answer(page, {}) };
  };
  const stateOf = async (browser: { get: (url: string) => Promise<{ json: () => unknown }> }) =>
    (await browser.get('/device/state')).json() as {
      recheck: { state: string; checkedIn: boolean };
      outcome: string;
    };

  test('tells the device, and is followed until there is another answer', async () => {
    const pages = open();
    const { browser, begun } = await begin(pages);
    expect([begun.statusCode, begun.headers.location]).toEqual([303, '/device']);
    expect(pages.told).toEqual([DEVICE_ID]);
    const page = await browser.get('/device');
    expect(page.body).toContain('Checking again');
    expect(page.body).toContain('<noscript><meta http-equiv="refresh" content="10"');
    expect(await stateOf(browser)).toMatchObject({
      recheck: { state: 'running', told: true, checkedIn: false, secondsLeft: 120 },
    });

    pages.clock.now += 5_000;
    pages.world.devices = [managedDevice({ complianceState: 'noncompliant', lastSync: pages.clock.now })];
    expect(await stateOf(browser)).toMatchObject({ recheck: { state: 'running', checkedIn: true } });
    pages.world.devices = [managedDevice({ lastSync: pages.clock.now })];
    expect(await stateOf(browser)).toMatchObject({ outcome: 'Compliant', recheck: { state: 'changed' } });
    expect((await browser.get('/device')).body).toContain('There is a new answer');
    pages.clock.now += 61_000;
    expect((await browser.get('/device')).body).not.toContain('There is a new answer');
  });

  test('ends when its time is over', async () => {
    const pages = open();
    const { browser } = await begin(pages);
    pages.clock.now += 120_000;
    expect(await stateOf(browser)).toMatchObject({ recheck: { state: 'unchanged' } });
    expect((await browser.get('/device')).body).toContain('There is no other answer yet');
  });

  test('does not take an outage for an answer', async () => {
    const pages = open();
    const { browser } = await begin(pages);
    pages.world.outage = failure('upstreamUnavailable');
    expect(await stateOf(browser)).toMatchObject({ outcome: 'Error', recheck: { state: 'running' } });
    expect((await browser.get('/device')).body).toContain('Microsoft could not be asked.');
    pages.world.outage = undefined;
    expect(await stateOf(browser)).toMatchObject({ recheck: { state: 'running' } });
    // That Intune does not know the device any more is an answer.
    pages.world.devices = [];
    expect(await stateOf(browser)).toMatchObject({ outcome: 'Unknown', recheck: { state: 'changed' } });
  });

  test('begins once in a while for a device, whoever asks', async () => {
    const pages = open();
    const { browser, page } = await begin(pages);
    await browser.answer(page, {});
    const other = pages.browser(DEVICE_ID);
    await other.signIn('bob', 'battery staple');
    await other.post('/device/recheck', formOn(page.body).fields);
    expect(pages.told).toHaveLength(1);
    pages.clock.now += 121_000;
    const { fields } = formOn((await browser.get('/device')).body);
    await browser.post('/device/recheck', fields);
    expect(pages.told).toHaveLength(2);
  });

  test.each([
    ['another site', {}, { 'sec-fetch-site': 'cross-site' }],
    ['nobody knows where', {}, { 'sec-fetch-site': undefined }],
    ['a form without its token', { token: '' }, {}],
    ['a form with a token that was made up', { token: 'x'.repeat(43) }, {}],
  ])('is not begun by %s', async (_, changes, headers) => {
    const pages = open();
    const browser = pages.browser(DEVICE_ID);
    await browser.signIn();
    const { fields } = formOn((await browser.get('/device')).body);
    const answer = await browser.post('/device/recheck', { ...fields, ...changes }, headers);
    expect(answer.statusCode).toBe(403);
    expect(pages.told).toEqual([]);
  });

  test('is not begun with the token of another session', async () => {
    const pages = open();
    const alice = pages.browser(DEVICE_ID);
    await alice.signIn();
    const bob = pages.browser(DEVICE_ID);
    await bob.signIn('bob', 'battery staple');
    const { fields } = formOn((await alice.get('/device')).body);
    expect((await bob.post('/device/recheck', fields)).statusCode).toBe(403);
    expect(pages.told).toEqual([]);
  });

  test('is not begun for a device that the request does not prove', async () => {
    const pages = open();
    const owner = pages.browser(DEVICE_ID);
    await owner.signIn();
    const { fields } = formOn((await owner.get('/device')).body);
    const answer = await pages
      .browser(OTHER_ID)
      .post('/device/recheck', fields, { cookie: owner.cookie ?? '' });
    expect(answer.statusCode).toBe(403);
    expect(pages.told).toEqual([]);
  });

  test('leads back to its own page only', async () => {
    const pages = open();
    const browser = pages.browser(DEVICE_ID);
    await browser.signIn();
    const { fields } = formOn((await browser.get('/device')).body);
    for (const back of ['//evil.example', 'https://evil.example/', '/device\\..', '/json/x', '/devices']) {
      expect((await browser.post('/device/recheck', { ...fields, back })).headers.location).toBe('/device');
    }
    const { headers } = await browser.post('/device/recheck', { ...fields, back: '/device?goto=%2Fx' });
    expect(headers.location).toBe('/device?goto=%2Fx');
  });

  test('tells nobody where that is not permitted', async () => {
    const pages = open({ canTell: false });
    const { browser } = await begin(pages);
    expect(await stateOf(browser)).toMatchObject({ recheck: { state: 'running', told: null } });
    expect((await browser.get('/device')).body).toContain('Company Portal app');
  });
});

describe('the API', () => {
  const caller = (key: string) => ({ authorization: `Bearer ${key}`, 'content-type': 'application/json' });
  const post = (
    pages: TestPages,
    url: string,
    payload: object | undefined,
    headers: Record<string, string>,
  ) => pages.app.inject({ method: 'POST', url, headers, ...(payload === undefined ? {} : { payload }) });

  test('tells a person what the page tells', async () => {
    const browser = open().browser(DEVICE_ID);
    await browser.signIn();
    const answer = await browser.get('/v1/device');
    expect(answer.json()).toMatchObject({
      outcome: 'NotCompliant',
      reason: 'noncompliant',
      title: 'This device is blocked',
      evidence: { source: 'graph', ageSeconds: 0 },
      device: { name: 'LAPTOP-1', graceEndsAt: null },
      failedSettings: [
        {
          policy: 'Windows baseline',
          setting: 'Windows10CompliancePolicy.BitLockerEnabled',
          title: 'The storage must be encrypted',
        },
      ],
      recheck: { state: 'none' },
      progressText: null,
    });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect((await open().browser(DEVICE_ID).get('/v1/device')).statusCode).toBe(401);
  });

  test('tells a caller that was granted it about any device, and begins a recheck', async () => {
    const pages = open();
    const body = { deviceId: DEVICE_ID.toUpperCase() };
    const answer = await post(pages, '/v1/device', body, caller(API_KEY));
    expect(answer.json()).toMatchObject({
      outcome: 'NotCompliant',
      failedSettings: [{ state: 'nonCompliant' }],
    });
    const begun = await post(pages, '/v1/device/recheck', body, caller(API_KEY));
    expect(begun.statusCode).toBe(202);
    expect(begun.json()).toMatchObject({ recheck: { state: 'running', told: true } });
    const early = await post(pages, '/v1/device/recheck', body, caller(API_KEY));
    expect([early.statusCode, early.headers['retry-after']]).toEqual([429, '120']);
    expect(pages.told).toEqual([DEVICE_ID]);
  });

  test.each([
    ['an unknown caller', { 'content-type': 'application/json' }, { deviceId: DEVICE_ID }, 401],
    ['a caller without the grant', caller(OTHER_KEY), { deviceId: DEVICE_ID }, 403],
    ['no id', caller(API_KEY), {}, 400],
    ['what is no id', caller(API_KEY), { deviceId: '../users' }, 400],
    ['more than an id', caller(API_KEY), { deviceId: DEVICE_ID, node: 'x' }, 400],
  ])('refuses %s', async (_, headers, body, status) => {
    const pages = open();
    expect((await post(pages, '/v1/device', body, headers)).statusCode).toBe(status);
    expect((await post(pages, '/v1/device/recheck', body, headers)).statusCode).toBe(status);
    expect(pages.told).toEqual([]);
  });

  test('begins a recheck for a session in a header, and not for one that a browser sends by itself', async () => {
    const pages = open();
    const browser = pages.browser(DEVICE_ID);
    await browser.signIn();
    const [name = '', token = ''] = browser.cookie?.split('=') ?? [];
    const shown = { 'x-intune': `CN=${DEVICE_ID}` };
    const forged = await post(pages, '/v1/device/recheck', undefined, {
      ...shown,
      cookie: browser.cookie ?? '',
    });
    expect(forged.statusCode).toBe(403);
    expect(pages.told).toEqual([]);
    const begun = await post(pages, '/v1/device/recheck', undefined, {
      ...shown,
      [name.toLowerCase()]: token,
    });
    expect(begun.statusCode).toBe(202);
    expect(pages.told).toEqual([DEVICE_ID]);
  });
});
