import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { asked, codeOf, control, liveJourney, type Answer, type Person } from '../support/liveJourney.ts';
import { startDemo, type RunningDemo } from '../support/startDemo.ts';

let demo: RunningDemo;
let people: Person[];
beforeAll(async () => {
  demo = await startDemo();
  people = [...demo.ready.users];
}, 60_000);
afterAll(() => demo.stop());

type Device = keyof typeof deviceIds | 'none' | 'nonsense';

const headersOf = (device: Device): Record<string, string> => {
  if (device === 'none') return {};
  return { 'x-intune': device === 'nonsense' ? 'CN=nonsense' : `CN=${deviceIds[device]}` };
};

/** Each code works once, so that whoever needs one is nobody else. */
function somebody(): Person {
  const person = people.shift();
  if (person === undefined) throw new Error('the demo has too few people for these tests');
  return person;
}

/** Whoever needs no code may be the same. */
const anybody = (): Person => people.at(-1) ?? somebody();

const SIGN_IN = ['NameCallback', 'PasswordCallback'];
const CODE = ['NameCallback', 'ConfirmationCallback'];
const CHOICE = ['ChoiceCallback'];
const MESSAGE = ['TextOutputCallback', 'ConfirmationCallback'];
const YES = 0;
const NO = 1;

/** Signs in with the device and comes to what the journey does with it. */
async function signIn(tree: string, device: Device, person: Person) {
  const client = liveJourney(demo, headersOf(device));
  const page = await client.start(tree);
  expect(asked(page)).toEqual(SIGN_IN);
  return { client, answer: await client.next(page, [person.username, person.password]) };
}

/** A success, with what the session says. */
async function successOf(answer: Answer): Promise<Readonly<Record<string, string>>> {
  expect(answer).toMatchObject({
    status: 200,
    body: { tokenId: expect.any(String) as string, successUrl: '/' },
  });
  return liveJourney(demo).sessionInfo(answer.body.tokenId);
}

/** What a login that failed comes to. */
const failure = (message = 'Login failure', detail: object = {}): object => ({
  status: 401,
  body: { message, detail: { failureUrl: '', ...detail } },
});

const NOT_COMPLIANT: readonly Device[] = [
  'noncompliant',
  'inGracePeriod',
  'configManager',
  'conflict',
  'unknown',
  'error',
  'none',
  'nonsense',
];

const REFUSED = [
  'This device does not meet the requirements of your organisation.',
  { device: 'refused' },
] as const;
const MISSING = [
  'Sign in with a device that is managed by your organisation.',
  { device: 'missing' },
] as const;

describe('IntuneDeviceCompliance', () => {
  const TREE = 'IntuneDeviceCompliance';

  test('is what the demo offers, by default too', async () => {
    expect(demo.ready['journey']).toBe(TREE);
    expect(demo.ready.users.length).toBeGreaterThanOrEqual(10);
    expect(new Set(demo.ready.users.map(({ totpSecret }) => totpSecret)).size).toBe(demo.ready.users.length);
    expect(asked(await liveJourney(demo).start())).toEqual(SIGN_IN);
  });

  test('gives a compliant device level 3 after a code, which works once', async () => {
    const person = somebody();
    const code = codeOf(person);
    const { client, answer } = await signIn(TREE, 'compliant', person);
    expect(asked(answer)).toEqual(CODE);
    expect(await successOf(await client.next(answer, [code]))).toMatchObject({
      AuthLevel: '3',
      AuthType: 'DataStore|AuthenticatorOATH',
      Service: TREE,
      DeviceId: deviceIds.compliant,
      DeviceOutcome: 'Compliant',
    });
    const again = await signIn(TREE, 'compliant', person);
    expect(asked(await again.client.next(again.answer, [code]))).toEqual(CODE);
  });

  test.each(NOT_COMPLIANT)('offers a code to %s, and who does not want one is refused', async (device) => {
    const { client, answer } = await signIn(TREE, device, anybody());
    expect(asked(answer)).toEqual(CHOICE);
    expect(answer.body.callbacks?.[0]?.output).toContainEqual({ name: 'choices', value: ['Yes', 'No'] });
    expect(await client.next(answer, [NO])).toMatchObject(failure());
  });

  test.each(['noncompliant', 'none'] as const)('gives %s level 2 for a code', async (device) => {
    const person = somebody();
    const { client, answer } = await signIn(TREE, device, person);
    const code = await client.next(answer, [YES]);
    expect(asked(code)).toEqual(CODE);
    const session = await successOf(await client.next(code, [codeOf(person)]));
    expect(session).toMatchObject({ AuthLevel: '2', AuthType: 'DataStore|AuthenticatorOATH' });
    expect(session['DeviceOutcome']).toBe(device === 'none' ? undefined : 'NotCompliant');
  });

  test('lets a password be tried three times more, and a code as well', async () => {
    const person = somebody();
    const client = liveJourney(demo, headersOf('compliant'));
    let step = await client.start(TREE);
    step = await client.next(step, [person.username, 'wrong']);
    expect(asked(step)).toEqual(SIGN_IN);
    step = await client.next(step, [person.username, person.password]);
    for (let tries = 0; tries < 3; tries += 1) {
      step = await client.next(step, ['000000']);
      expect(asked(step)).toEqual(CODE);
    }
    expect(await client.next(step, ['000000'])).toMatchObject(failure());
  });

  test('fails for another device after the first step', async () => {
    const { answer } = await signIn(TREE, 'noncompliant', anybody());
    expect(await liveJourney(demo, headersOf('compliant')).next(answer, [YES])).toMatchObject(failure());
    const second = await signIn(TREE, 'noncompliant', anybody());
    expect(await liveJourney(demo).next(second.answer, [YES])).toMatchObject(failure());
  });
});

describe('StrictCompliance', () => {
  const TREE = 'StrictCompliance';

  test('gives a compliant device level 3', async () => {
    expect(await successOf((await signIn(TREE, 'compliant', anybody())).answer)).toMatchObject({
      AuthLevel: '3',
      DeviceOutcome: 'Compliant',
    });
  });

  test.each<readonly [Device, string, object]>([
    ...NOT_COMPLIANT.slice(0, 5).map((device) => [device, ...REFUSED] as const),
    ['none', ...MISSING],
    [
      'error',
      'Whether this device may be used cannot be found out now. Try again later.',
      { device: 'unavailable' },
    ],
    [
      'nonsense',
      'Whether this device may be used cannot be found out now. Try again later.',
      { device: 'unavailable' },
    ],
  ])('refuses %s: %s', async (device, message, detail) => {
    expect((await signIn(TREE, device, anybody())).answer).toMatchObject(failure(message, detail));
  });
});

describe('GracePeriodWarning', () => {
  const TREE = 'GracePeriodWarning';

  test('lets a compliant device in without a word', async () => {
    expect(await successOf((await signIn(TREE, 'compliant', anybody())).answer)).toMatchObject({
      AuthLevel: '3',
    });
  });

  test('warns in a grace period, says until when, and marks the session', async () => {
    const { client, answer } = await signIn(TREE, 'inGracePeriod', anybody());
    expect(answer.body).toMatchObject({ stage: 'GracePeriod', header: 'Your device needs attention' });
    expect(asked(answer)).toEqual(['MetadataCallback', ...MESSAGE]);
    const shown = answer.body.callbacks?.[0]?.output[0]?.value as Record<string, string> | undefined;
    const until = shown?.['INTUNE_complianceGracePeriodExpirationDateTime'] ?? '';
    expect(Date.parse(until)).toBeGreaterThan(Date.now());
    expect(await successOf(await client.next(answer, [YES]))).toMatchObject({
      AuthLevel: '2',
      DeviceOutcome: 'InGracePeriod',
      deviceWarning: 'gracePeriod',
    });
  });

  test('ends for who signs out', async () => {
    const { client, answer } = await signIn(TREE, 'inGracePeriod', anybody());
    expect(await client.next(answer, [NO])).toMatchObject(failure());
  });

  test.each<Device>(['graceExpired', ...NOT_COMPLIANT.filter((device) => device !== 'inGracePeriod')])(
    'refuses %s',
    async (device) => {
      expect((await signIn(TREE, device, anybody())).answer).toMatchObject(failure(...REFUSED));
    },
  );
});

describe('BringYourOwnDevice', () => {
  const TREE = 'BringYourOwnDevice';

  test('gives a compliant device of the company level 3', async () => {
    expect(await successOf((await signIn(TREE, 'compliant', anybody())).answer)).toMatchObject({
      AuthLevel: '3',
    });
  });

  test.each(['personal', 'unknown'])('asks for a code where the owner is %s, for level 2', async (owner) => {
    await control(demo, 'PATCH', `/devices/${deviceIds.userless}`, { managedDeviceOwnerType: owner });
    const person = somebody();
    const { client, answer } = await signIn(TREE, 'userless', person);
    expect(asked(answer)).toEqual(CODE);
    expect(await successOf(await client.next(answer, [codeOf(person)]))).toMatchObject({
      AuthLevel: '2',
      DeviceOutcome: 'Compliant',
    });
  });

  test('lets an unmanaged one in with limits, after a message and a code', async () => {
    const person = somebody();
    const { client, answer } = await signIn(TREE, 'none', person);
    expect(asked(answer)).toEqual(MESSAGE);
    const code = await client.next(answer, [YES]);
    expect(asked(code)).toEqual(CODE);
    expect(await successOf(await client.next(code, [codeOf(person)]))).toMatchObject({
      AuthLevel: '1',
      deviceAccess: 'limited',
    });
  });

  test('ends for who does not want limits', async () => {
    const { client, answer } = await signIn(TREE, 'none', anybody());
    expect(await client.next(answer, [NO])).toMatchObject(failure());
  });

  test.each<Device>(NOT_COMPLIANT.filter((device) => device !== 'none'))('refuses %s', async (device) => {
    expect((await signIn(TREE, device, anybody())).answer).toMatchObject(failure(...REFUSED));
  });
});

describe('RecheckLoop', () => {
  const TREE = 'RecheckLoop';
  const deviceReads = async (): Promise<number> => {
    const { requests } = JSON.parse(await control(demo, 'GET', '/requests')) as {
      requests: readonly { readonly endpoint: string; readonly deviceId?: string }[];
    };
    return requests.filter(
      ({ endpoint, deviceId }) => endpoint === 'managedDevice' && deviceId === deviceIds.noncompliant,
    ).length;
  };

  test('lets a device in that was repaired meanwhile', async () => {
    const { client, answer } = await signIn(TREE, 'wipePending', anybody());
    expect(asked(answer)).toEqual(MESSAGE);
    await control(demo, 'PATCH', `/devices/${deviceIds.wipePending}`, { managementState: 'managed' });
    expect(await successOf(await client.next(answer, [YES]))).toMatchObject({
      AuthLevel: '3',
      DeviceOutcome: 'Compliant',
    });
  });

  test('asks Microsoft anew, whatever is remembered', async () => {
    const { client, answer } = await signIn(TREE, 'noncompliant', anybody());
    const before = await deviceReads();
    // Within the two seconds for which the demo remembers.
    const again = await client.next(answer, [YES]);
    expect(asked(again)).toEqual(MESSAGE);
    expect(await deviceReads()).toBe(before + 1);
  });

  test('ends after ten rounds, or when somebody gives up', async () => {
    const { client, answer } = await signIn(TREE, 'conflict', anybody());
    let step = answer;
    for (let round = 0; round < 10; round += 1) {
      step = await client.next(step, [YES]);
      expect(asked(step)).toEqual(MESSAGE);
    }
    expect(await client.next(step, [YES])).toMatchObject(failure());
    const other = await signIn(TREE, 'error', anybody());
    expect(await other.client.next(other.answer, [NO])).toMatchObject(failure());
  });

  test('refuses where there is nothing to repair', async () => {
    expect((await signIn(TREE, 'none', anybody())).answer).toMatchObject(failure(...MISSING));
  });
});

describe('NoIdFallback', () => {
  const TREE = 'NoIdFallback';

  test('gives a compliant device level 3', async () => {
    expect(await successOf((await signIn(TREE, 'compliant', anybody())).answer)).toMatchObject({
      AuthLevel: '3',
    });
  });

  test('gives level 1 for a code where there is no device', async () => {
    const person = somebody();
    const { client, answer } = await signIn(TREE, 'none', person);
    expect(asked(answer)).toEqual(CODE);
    const session = await successOf(await client.next(answer, [codeOf(person)]));
    expect(session).toMatchObject({ AuthLevel: '1' });
    expect(session).not.toHaveProperty('DeviceId');
  });

  test.each<Device>(NOT_COMPLIANT.filter((device) => device !== 'none'))(
    'does not fall back for %s',
    async (device) => {
      expect((await signIn(TREE, device, anybody())).answer).toMatchObject(failure(...REFUSED));
    },
  );
});

describe('CertificateDevice', () => {
  const TREE = 'CertificateDevice';
  const deviceOf = (name: keyof typeof deviceIds) => {
    const device = demo.ready.devices.find(({ id }) => id === deviceIds[name]);
    if (device === undefined) throw new Error(`the demo has no device ${name}`);
    return device;
  };
  /** As nginx forwards it. */
  const forwarded = (pem: string) => ({ 'x-ssl-client-cert': encodeURIComponent(pem) });

  const certificateOf = (name: keyof typeof deviceIds) =>
    forwarded(readFileSync(deviceOf(name).certificateFile, 'utf8'));

  test('knows a device by the certificate that is forwarded, which has to stay the same', async () => {
    const client = liveJourney(demo, certificateOf('compliant'));
    const { username, password } = anybody();
    const page = await client.start(TREE);
    expect(asked(page)).toEqual(SIGN_IN);
    expect(await liveJourney(demo).next(page, [username, password])).toMatchObject(failure());
    const other = await client.start(TREE);
    expect(
      await liveJourney(demo, certificateOf('noncompliant')).next(other, [username, password]),
    ).toMatchObject(failure());
    const again = await client.start(TREE);
    expect(await successOf(await client.next(again, [username, password]))).toMatchObject({
      AuthLevel: '3',
      AuthType: 'DataStore',
      DeviceId: deviceIds.compliant,
      DeviceOutcome: 'Compliant',
    });
  });

  test.each(['noncompliant', 'conflict', 'unknown', 'ghost', 'error'] as const)(
    'refuses %s',
    async (name) => {
      expect(await liveJourney(demo, certificateOf(name)).start(TREE)).toMatchObject(failure(...REFUSED));
    },
  );

  test('refuses without a certificate, and with one of somebody else', async () => {
    // A device that connects by itself forwards nothing.
    for (const client of [liveJourney(demo), liveJourney(demo, {}, deviceOf('compliant'))]) {
      expect(await client.start(TREE)).toMatchObject(
        failure('Sign in with a device that has a certificate of your organisation.', { device: 'missing' }),
      );
    }
    const other = createCertificateAuthority({ commonName: 'Other CA', now: Date.now });
    const { certificatePem } = other.issue({
      commonName: deviceIds.compliant,
      keyType: 'ec',
      usage: 'client',
    });
    expect(await liveJourney(demo, forwarded(certificatePem)).start(TREE)).toMatchObject(
      failure('The certificate of this device is not accepted.', { certificate: 'refused' }),
    );
  });
});
