import { afterEach, describe, expect, test } from 'vitest';
import { guardEvents } from '../../src/http/forwardAuth/guardEvents.ts';
import type { ManagedDevice } from '../../src/node/managedDevice.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { PolicyException } from '../../src/policy/policyException.ts';
import type { SessionDevice } from '../../src/sessions/session.ts';
import { DEVICE_ID, ENTRA_ID, managedDevice, NOW, OTHER_ID } from '../support/fakeDirectory.ts';
import { guardedGate, PAGES, type GuardedGate, type GuardedGateOptions } from '../support/guardedGate.ts';

const STEP_UP: Partial<Policy> = {
  outcomes: { Compliant: 'allow', InGracePeriod: 'stepUp', NotCompliant: 'stepUp', NoId: 'stepUp' },
  stepUp: { level: 10, largestAgeMs: 900_000, journey: 'Strong Login' },
};
const ID = { 'x-intune': `CN=${DEVICE_ID}` };
const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'sec-fetch-mode': 'navigate' };
const FORWARDED = {
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'app.example',
  'x-forwarded-uri': '/pay?a=1&b=%2f',
  'x-forwarded-method': 'GET',
};
const WANTED = 'https://app.example/pay?a=1&b=%2f';
const inGrace = managedDevice({ complianceState: 'inGracePeriod' });
const bad = managedDevice({ complianceState: 'noncompliant' });

const sealed = (changes: Partial<SessionDevice> = {}): SessionDevice => ({
  id: DEVICE_ID,
  outcome: 'InGracePeriod',
  reason: 'inGracePeriod',
  decisionId: 'd',
  evaluatedAt: new Date(NOW - 1_000).toISOString(),
  ...changes,
});
const cookie = (token: string) => ({ cookie: `theme=dark; iPlanetDirectoryPro=${token}` });

const gates: GuardedGate[] = [];
afterEach(async () => {
  await Promise.all(gates.splice(0).map(({ app }) => app.close()));
});

function gate(options: Partial<GuardedGateOptions> = {}): GuardedGate {
  const made = guardedGate({ policy: STEP_UP, devices: [inGrace], ...options });
  gates.push(made);
  return made;
}

const searchOf = (location: unknown): Record<string, string> =>
  Object.fromEntries(new URL(String(location)).searchParams);

describe('a program', () => {
  test.each(['/auth/request', '/auth/forward', '/auth/ext-authz/pay'])(
    'at %s is told which login would be enough (RFC 9470)',
    async (path) => {
      const answer = await gate().ask(path, ID);
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toBe(
        'Bearer realm="intune-gate", error="insufficient_user_authentication", ' +
          'error_description="A login with this device is required", acr_values="urn:intune-gate:level:10", max_age="900"',
      );
      expect(answer.headers).not.toHaveProperty('location');
      expect(answer.headers).toMatchObject({
        'x-device-outcome': 'InGracePeriod',
        'cache-control': 'no-store',
      });
      expect(answer.headers).not.toHaveProperty('x-device-id');
      expect(answer.json()).toMatchObject({ type: 'urn:intune-gate:problem:stepUpRequired', status: 401 });
    },
  );

  test('may hold its login as a bearer token', async () => {
    const made = gate();
    const token = await made.logIn({ device: sealed() });
    made.pass(60_000);
    const answer = await made.ask('/auth/forward', { ...ID, authorization: `Bearer ${token}` });
    expect(answer.statusCode).toBe(200);
    // A token of somebody else's is no reason to deny.
    const other = await made.ask('/auth/forward', { ...ID, ...cookie(token), authorization: 'Bearer a.b.c' });
    expect(other.statusCode).toBe(200);
  });
});

describe('a person', () => {
  test('is taken to the login page by Traefik and Caddy', async () => {
    const answer = await gate().ask('/auth/forward', { ...ID, ...BROWSER, ...FORWARDED });
    expect(answer.statusCode).toBe(302);
    expect(answer.headers.location).toMatch(/^https:\/\/app\.example\/login\?/);
    expect(searchOf(answer.headers.location)).toEqual({
      goto: WANTED,
      service: 'Strong Login',
      ForceAuth: 'true',
    });
  });

  test('is taken there by Envoy, which says the host and the path', async () => {
    const answer = await gate().ask('/auth/ext-authz/pay?a=1&b=%2f', {
      ...ID,
      ...BROWSER,
      host: 'app.example',
    });
    expect(answer.statusCode).toBe(302);
    expect(searchOf(answer.headers.location)['goto']).toBe(WANTED);
    const root = await gate().ask('/auth/ext-authz', { ...ID, ...BROWSER, host: 'app.example' });
    expect(searchOf(root.headers.location)['goto']).toBe('https://app.example/');
  });

  test.each([
    { 'x-original-url': WANTED },
    { 'x-original-uri': '/pay?a=1&b=%2f', 'x-forwarded-host': 'app.example' },
  ])('nginx gets 401, and the address for its error_page: %o', async (headers) => {
    const answer = await gate().ask('/auth/request', { ...ID, ...BROWSER, ...headers });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('insufficient_user_authentication');
    expect(searchOf(answer.headers.location)['goto']).toBe(WANTED);
  });

  test('a login page elsewhere needs nothing of the proxy', async () => {
    const pages = { ...PAGES, loginUrl: 'https://login.example/in' };
    const asked = await gate({ pages }).ask('/auth/forward', { ...ID, ...BROWSER, ...FORWARDED });
    expect(asked.headers.location).toMatch(/^https:\/\/login\.example\/in\?/);
    const foreign = { ...FORWARDED, 'x-forwarded-host': 'evil.example' };
    const answer = await gate({ pages }).ask('/auth/forward', { ...ID, ...BROWSER, ...foreign });
    expect(answer.statusCode).toBe(302);
    expect(answer.headers.location).toBe('https://login.example/in?service=Strong+Login&ForceAuth=true');
  });

  test('who is denied is taken to the page that says why', async () => {
    const made = gate({ policy: {}, devices: [bad] });
    const answer = await made.ask('/auth/forward', { ...ID, ...BROWSER, ...FORWARDED });
    expect(answer.statusCode).toBe(302);
    expect(answer.headers.location).toBe(`https://app.example/device?goto=${encodeURIComponent(WANTED)}`);
    const byNginx = await made.ask('/auth/request', { ...ID, ...BROWSER, 'x-original-url': WANTED });
    expect([byNginx.statusCode, byNginx.headers.location]).toEqual([403, answer.headers.location]);
    expect((await made.ask('/auth/forward', { ...ID, ...FORWARDED })).statusCode).toBe(403);
  });

  test('but nobody who presents what is not theirs is taken anywhere', async () => {
    const answer = await gate().ask('/auth/forward', { ...ID, ...BROWSER, ...FORWARDED, x_intune: '1' });
    expect([answer.statusCode, answer.headers.location]).toEqual([403, undefined]);
    expect(answer.headers['x-device-reason']).toBe('headerSpoofed');
  });
});

describe('nobody is redirected', () => {
  test.each<[string, Record<string, string>]>([
    ['who wants no page', { ...BROWSER, accept: 'application/json' }],
    ['who says nothing of it', { accept: '' }],
    ['by a script', { ...BROWSER, 'x-requested-with': 'XMLHttpRequest' }],
    ['by fetch', { ...BROWSER, 'sec-fetch-mode': 'cors' }],
    ['in a frame', { ...BROWSER, 'sec-fetch-dest': 'iframe' }],
    ['who sends something', { ...BROWSER, 'x-forwarded-method': 'POST' }],
    ['by two methods', { ...BROWSER, x_forwarded_method: 'GET', 'x-forwarded-method': 'POST' }],
    ['to another host', { ...BROWSER, 'x-forwarded-host': 'evil.example' }],
    ['to two hosts', { ...BROWSER, 'x-forwarded-host': 'app.example, evil.example' }],
    ['to a host that says more', { ...BROWSER, 'x-forwarded-host': 'app.example@evil.example' }],
    ['to a host with a path', { ...BROWSER, 'x-forwarded-host': 'evil.example/app.example' }],
    ['to another port', { ...BROWSER, 'x-forwarded-host': 'app.example:8443' }],
    ['without TLS', { ...BROWSER, 'x-forwarded-proto': 'http' }],
    ['by another scheme', { ...BROWSER, 'x-forwarded-proto': 'javascript' }],
    ['by a target that is none', { ...BROWSER, 'x-forwarded-uri': '@evil.example/' }],
    ['by a target with a host', { ...BROWSER, 'x-forwarded-uri': 'https://evil.example/' }],
    ['by a backslash', { ...BROWSER, 'x-forwarded-uri': '/\\evil.example' }],
    ['by another spelling', { ...BROWSER, x_forwarded_host: 'app.example' }],
    ['by what Connection names', { ...BROWSER, connection: 'x-forwarded-host' }],
  ])('%s', async (_name, headers) => {
    const answer = await gate().ask('/auth/forward', { ...ID, ...FORWARDED, ...headers });
    expect([answer.statusCode, answer.headers.location]).toEqual([401, undefined]);
  });

  test('where no host is allowed', async () => {
    const pages = { ...PAGES, allowedHosts: [] };
    const answer = await gate({ pages }).ask('/auth/forward', { ...ID, ...BROWSER, ...FORWARDED });
    expect([answer.statusCode, answer.headers.location]).toEqual([401, undefined]);
  });

  test('by whom nobody knows', async () => {
    const made = gate({ addresses: ['10.9.8.7'] });
    const answer = await made.ask('/auth/forward', { ...BROWSER, ...FORWARDED });
    expect(answer.headers['x-device-outcome']).toBe('NoId');
    expect([answer.statusCode, answer.headers.location]).toEqual([401, undefined]);
  });
});

describe('a session', () => {
  const ask = (made: GuardedGate, token: string, headers: Record<string, string> = ID) =>
    made.ask('/auth/forward', { ...headers, ...cookie(token) });

  test('with this device passes, and says who it is', async () => {
    const made = gate();
    const token = await made.logIn({ device: sealed() });
    const answer = await ask(made, token);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'x-auth-user': 'alice',
      'x-auth-level': '10',
      'x-device-id': DEVICE_ID,
      'x-device-outcome': 'InGracePeriod',
      'x-device-warning': '',
      'x-device-monitor': '',
    });
  });

  test('is named where no login is needed, too', async () => {
    const made = gate({ devices: [managedDevice()] });
    const token = await made.logIn({ device: sealed({ outcome: 'Compliant', reason: 'compliant' }) });
    expect((await ask(made, token)).headers).toMatchObject({ 'x-auth-user': 'alice', 'x-auth-level': '10' });
    const other = await made.logIn({ device: sealed({ id: OTHER_ID }) });
    expect((await ask(made, other)).headers).toMatchObject({ 'x-auth-user': '', 'x-auth-level': '' });
  });

  test.each<[string, string]>([
    ['bob', 'bob'],
    ['acarter@contoso.example', 'acarter@contoso.example'],
    ['Zoë Ångström', 'Zo%C3%AB%20%C3%85ngstr%C3%B6m'],
    ['100%', '100%25'],
    ['evil\r\nx-auth-user: root', 'evil%0D%0Ax-auth-user%3A%20root'],
  ])('of %j arrives as %s', async (username, header) => {
    const made = gate();
    const token = await made.logIn({ username, device: sealed() });
    expect((await ask(made, token)).headers['x-auth-user']).toBe(header);
  });

  test.each<[string, (made: GuardedGate) => Promise<string>]>([
    ['of another device', (made) => made.logIn({ device: sealed({ id: OTHER_ID }) })],
    ['without a device', (made) => made.logIn()],
    ['of a level that is too low', (made) => made.logIn({ authLevel: 9, device: sealed() })],
    ['that has expired', (made) => made.logIn({ maxMinutes: 0, device: sealed() })],
    [
      'that was ended',
      async (made) => {
        const token = await made.logIn({ device: sealed() });
        const live = await made.sessions.find(token);
        if (live !== undefined) await made.sessions.revoke(live.session);
        return token;
      },
    ],
    ['that is none', () => Promise.resolve('nonsense')],
    [
      'that somebody changed',
      async (made) => {
        const [head = '', claims = '', signature = ''] = (await made.logIn({ device: sealed() })).split('.');
        const changed = Buffer.from(claims, 'base64url').toString().replace('alice', 'mallo');
        return [head, Buffer.from(changed).toString('base64url'), signature].join('.');
      },
    ],
  ])('%s is not enough', async (_name, make) => {
    const made = gate();
    const token = await make(made);
    made.pass(60_000);
    const answer = await ask(made, token);
    expect(answer.statusCode).toBe(401);
    expect(answer.headers).not.toHaveProperty('x-auth-user');
  });

  test('that does not help is not asked for again at once', async () => {
    const made = gate();
    const token = await made.logIn();
    expect((await ask(made, token, { ...ID, ...BROWSER, ...FORWARDED })).statusCode).toBe(302);
    const answer = await ask(made, token, ID);
    expect(answer.statusCode).toBe(403);
  });

  test('that came twice is none', async () => {
    const made = gate();
    const token = await made.logIn({ device: sealed() });
    made.pass(60_000);
    const twice = { cookie: `iPlanetDirectoryPro=${token}; iPlanetDirectoryPro=${token}` };
    expect((await made.ask('/auth/forward', { ...ID, ...twice })).statusCode).toBe(401);
  });

  test('without a device is for requests without one', async () => {
    const made = gate();
    const bare = await made.logIn();
    const bound = await made.logIn({ device: sealed() });
    made.pass(60_000);
    expect((await ask(made, bare, {})).statusCode).toBe(200);
    expect((await ask(made, bound, {})).statusCode).toBe(401);
  });

  test('may be too old', async () => {
    const made = gate();
    const token = await made.logIn({ device: sealed() });
    made.pass(900_000);
    expect((await ask(made, token)).statusCode).toBe(200);
    made.pass(1);
    expect((await ask(made, token)).statusCode).toBe(401);
  });

  test('in use does not become idle', async () => {
    const made = gate({
      policy: { ...STEP_UP, stepUp: { level: 0, largestAgeMs: undefined, journey: undefined } },
    });
    const token = await made.logIn({ device: sealed(), idleMinutes: 5 });
    for (let minute = 0; minute < 20; minute += 2) {
      expect((await ask(made, token)).statusCode).toBe(200);
      made.pass(120_000);
    }
    made.pass(300_000);
    expect((await ask(made, token)).statusCode).toBe(401);
  });

  test('ends when its device becomes worse, for good', async () => {
    const devices: ManagedDevice[] = [inGrace];
    const made = gate({ devices });
    const token = await made.logIn({ device: sealed() });
    made.pass(60_000);
    expect((await ask(made, token)).statusCode).toBe(200);
    devices[0] = bad;
    expect((await ask(made, token)).statusCode).toBe(401);
    expect(made.judged.map(({ ended }) => ended?.username)).toEqual([undefined, 'alice']);
    expect(made.judged.map((judged) => guardEvents(judged).map(({ type, user }) => [type, user]))).toEqual([
      [],
      [['SESSION_ENDED_BY_DEVICE', 'alice']],
    ]);
    devices[0] = inGrace;
    made.pass(60_000);
    expect((await ask(made, token)).statusCode).toBe(401);
    expect(await made.sessions.find(token)).toBe(undefined);
    expect(made.log.join('')).toContain('"sessionEnded":true');
  });

  test('ends as well when the fall was seen elsewhere, and others of the device with it', async () => {
    const devices: ManagedDevice[] = [bad];
    const made = gate({ devices });
    const token = await made.logIn({ device: sealed() });
    const byEntraId = await made.logIn({ username: 'bob', device: sealed({ id: ENTRA_ID }) });
    const worse = await made.logIn({ device: sealed({ outcome: 'NotCompliant', reason: 'noncompliant' }) });
    made.pass(60_000);
    await made.ask('/auth/forward', ID);
    expect(await made.sessions.find(token)).toBe(undefined);
    expect(await made.sessions.find(byEntraId)).toBe(undefined);
    // Nothing has become worse since this one.
    expect(await made.sessions.find(worse)).toBeDefined();
    // And who logs in now is told about the device as it is.
    const later = await made.logIn({
      device: sealed({ evaluatedAt: new Date(NOW + 120_000).toISOString() }),
    });
    expect(await made.sessions.find(later)).toBeDefined();
  });

  test('outlives that Microsoft cannot be asked', async () => {
    const devices: ManagedDevice[] = [];
    const made = gate({ devices });
    const token = await made.logIn({ device: sealed() });
    made.pass(60_000);
    // Nothing is said of the device by a request that presents something else.
    await made.ask('/auth/forward', { 'x-intune': 'CN=nonsense', ...cookie(token) });
    expect(await made.sessions.find(token)).toBeDefined();
  });
});

describe('warnings, monitoring and exceptions', () => {
  const loan: PolicyException = {
    id: 'loan-7',
    kind: 'exception',
    device: DEVICE_ID,
    user: undefined,
    policies: undefined,
    reason: 'A loan device until Friday',
    approvedBy: ['alice'],
    from: NOW,
    until: NOW + 60_000,
  };

  test('a warning passes, and says why', async () => {
    const made = gate({ policy: { outcomes: { InGracePeriod: 'warn' } } });
    const answer = await made.ask('/auth/request', ID);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({ 'x-device-warning': 'inGracePeriod', 'x-device-monitor': '' });
  });

  test('monitoring lets pass, and says what enforcing would have done', async () => {
    const made = gate({ policy: { ...STEP_UP, mode: 'monitor', outcomes: { InGracePeriod: 'stepUp' } } });
    const challenged = await made.ask('/auth/request', ID);
    expect(challenged.statusCode).toBe(200);
    expect(challenged.headers).toMatchObject({
      'x-device-monitor': 'stepUp',
      'x-device-warning': 'inGracePeriod',
      'x-auth-user': '',
    });
    const denied = await made.ask('/auth/request', { 'x-intune': `CN=${OTHER_ID}` });
    expect([denied.statusCode, denied.headers['x-device-monitor']]).toEqual([200, 'deny']);
    expect(denied.headers['x-device-id']).toBe('');
    expect(made.log.join('')).toContain('"monitored":"deny"');
    expect(made.judged.flatMap(guardEvents)).toMatchObject([
      { type: 'MONITORED_REQUEST_PASSED', policy: 'default', details: { enforced: 'stepUp' } },
      { type: 'MONITORED_REQUEST_PASSED', policy: 'default', details: { enforced: 'deny' } },
    ]);
    const spoofed = await made.ask('/auth/request', { ...ID, x_intune: 'x' });
    expect(spoofed.statusCode).toBe(403);
  });

  test('an exception passes until it ends', async () => {
    const made = gate({ policy: {}, devices: [bad], exceptions: [loan] });
    const answer = await made.ask('/auth/request', ID);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['x-device-warning']).toBe('exception,noncompliant');
    expect(made.log.join('')).toContain('"exception":"loan-7"');
    made.pass(60_000);
    expect((await made.ask('/auth/request', ID)).statusCode).toBe(403);
  });

  test('break-glass says so', async () => {
    const made = gate({ policy: {}, devices: [bad], exceptions: [{ ...loan, kind: 'breakGlass' }] });
    const answer = await made.ask('/auth/request', ID);
    expect([answer.statusCode, answer.headers['x-device-warning']]).toEqual([200, 'breakGlass,noncompliant']);
    expect(made.judged[0]?.verdict.exception?.id).toBe('loan-7');
    const [event] = made.judged.flatMap(guardEvents);
    expect(event).toMatchObject({
      type: 'BREAK_GLASS_USED',
      why: 'A loan device until Friday',
      reason: 'noncompliant',
      device: { id: DEVICE_ID },
      details: { exception: 'loan-7', approvedBy: 'alice' },
    });
    expect(event?.id).toBe(`${String(answer.headers['x-decision-id'])}.BREAK_GLASS_USED`);
  });
});

describe('what a client says', () => {
  test('arrives in no header of an answer that allows', async () => {
    const made = gate({ policy: { ...STEP_UP, outcomes: { InGracePeriod: 'allow' } } });
    const forged = {
      'x-device-outcome': 'forged',
      'x-device-reason': 'forged',
      'x-device-id': 'forged',
      'x-auth-user': 'forged',
      'x-auth-level': 'forged',
      'x-decision-id': 'forged',
      'x-device-warning': 'forged',
      'x-device-monitor': 'forged',
    };
    const answer = await made.ask('/auth/forward', { ...ID, ...forged });
    expect(answer.statusCode).toBe(200);
    for (const name of Object.keys(forged)) expect(answer.headers[name]).toBeDefined();
    expect(JSON.stringify(answer.headers)).not.toContain('forged');
  });

  test('of its method changes nothing', async () => {
    const made = gate({ policy: {} });
    for (const name of [
      'x-http-method-override',
      'x-method-override',
      'x-http-method',
      'x-original-method',
    ]) {
      expect((await made.ask('/auth/forward', { ...ID, [name]: 'GET' }, 'POST')).statusCode).toBe(403);
    }
  });

  test('of its path chooses no policy', async () => {
    const made = gate();
    for (const [name, value] of [
      ['x-original-uri', '/auth/policies/lax/request'],
      ['x-original-url', 'https://app.example/auth/policies/lax/request'],
      ['x-forwarded-uri', '/auth/policies/lax/forward'],
      ['x-rewrite-url', '/auth/policies/lax/request'],
      ['x-forwarded-prefix', '/auth/policies/lax'],
      ['x-policy', 'lax'],
    ] as const) {
      expect((await made.ask('/auth/request', { ...ID, [name]: value })).statusCode).toBe(401);
    }
    for (const policy of ['Default', 'DEFAULT', '', '%2f', 'default%2f', 'default%00', 'default ', '*']) {
      const answer = await made.ask(`/auth/policies/${policy}/request`, ID);
      expect([policy, answer.statusCode]).toEqual([policy, 403]);
    }
  });
});
