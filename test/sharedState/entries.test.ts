import { describe, expect, test } from 'vitest';
import { appEntries } from '../../src/sharedState/appEntries.ts';
import { deviceEntries } from '../../src/sharedState/deviceEntries.ts';
import { errorEntries } from '../../src/sharedState/errorEntries.ts';
import { SAVEABLE_PROPERTIES } from '../../src/sharedState/intuneKeys.ts';
import { createScrub } from '../../src/sharedState/scrub.ts';

const plain = (text: string): string => text;

const device = {
  '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#x/$entity',
  id: 'f61dc341-c9c9-40c1-abbd-6997016f4c9e',
  deviceName: 'LAPTOP, 1',
  userPrincipalName: '',
  phoneNumber: '   ',
  isEncrypted: true,
  easActivated: false,
  totalStorageSpaceInBytes: 511_101_108_224,
  physicalMemoryInBytes: 0,
  battery: 0.5,
  notes: null,
  deviceActionResults: [],
  deviceHealthAttestationState: { a: 1 },
  activationLockBypassCode: 'ABCD-EFGH',
};

describe('deviceEntries', () => {
  test('writes every property in the formats of the Ping node', () => {
    expect(deviceEntries(device, 'all', plain)).toEqual({
      'INTUNE_@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#x/$entity',
      INTUNE_id: 'f61dc341-c9c9-40c1-abbd-6997016f4c9e',
      INTUNE_deviceName: 'LAPTOP, 1',
      INTUNE_isEncrypted: 'true',
      INTUNE_easActivated: 'false',
      INTUNE_totalStorageSpaceInBytes: '511101108224',
      INTUNE_physicalMemoryInBytes: '0',
      INTUNE_deviceActionResults: '[]',
      INTUNE_deviceHealthAttestationState: '{"a":1}',
    });
  });

  test('writes a chosen list only', () => {
    expect(deviceEntries(device, ['deviceName', 'notes', 'osVersion'], plain)).toEqual({
      INTUNE_deviceName: 'LAPTOP, 1',
    });
  });

  test('writes nothing when off', () => {
    expect(deviceEntries(device, 'off', plain)).toEqual({});
  });

  test('never writes what opens a device, even when asked by name', () => {
    expect(deviceEntries(device, ['activationLockBypassCode'], plain)).toEqual({});
    expect(SAVEABLE_PROPERTIES).not.toContain('activationLockBypassCode');
    expect(SAVEABLE_PROPERTIES).not.toContain('remoteAssistanceSessionUrl');
  });

  test.each([
    ['another letter case', { ActivationLockBypassCode: 'A1' }],
    ['a property that Microsoft may add', { accessToken: 'A1' }],
    ['our own keys', { ERROR_MESSAGE: 'A1', ERROR_STACKTRACE: 'A1', INSTALLED_APPS: 'A1' }],
    ['something absurdly long', { deviceName: 'A1'.repeat(10_000) }],
  ])('leaves out %s', (_, properties) => {
    expect(deviceEntries(properties, 'all', plain)).toEqual({});
  });

  test('leaves unlock codes and places out of action results', () => {
    const deviceActionResults = [
      { actionName: 'resetPasscode', actionState: 'done', passcode: '482913' },
      { actionName: 'remoteLock', unlockPin: '735101' },
      { actionName: 'locateDevice', deviceLocation: { latitude: 48.1 } },
    ];
    expect(deviceEntries({ deviceActionResults }, 'all', plain)).toEqual({
      INTUNE_deviceActionResults:
        '[{"actionName":"resetPasscode","actionState":"done"},{"actionName":"remoteLock"},{"actionName":"locateDevice"}]',
    });
  });

  test("scrubs the gate's own secrets from what others named", () => {
    const scrub = createScrub(['s3cr3t-value']);
    expect(deviceEntries({ deviceName: 'PC s3cr3t-value' }, 'all', scrub)).toEqual({
      INTUNE_deviceName: 'PC [hidden]',
    });
    expect(appEntries(['Visual Basic Applications', 's3cr3t-value'], 'json', scrub)).toEqual({
      INTUNE_INSTALLED_APPS: '["Visual Basic Applications","[hidden]"]',
    });
  });

  test('writes large whole numbers without an exponent', () => {
    expect(deviceEntries({ a: 1e21 }, 'all', plain)).toEqual({ INTUNE_a: '1000000000000000000000' });
  });
});

describe('appEntries', () => {
  test('json keeps names apart', () => {
    expect(appEntries(['A, B', 'C "D"'], 'json', plain)).toEqual({
      INTUNE_INSTALLED_APPS: '["A, B","C \\"D\\""]',
    });
  });

  test("ping is Java's list text", () => {
    expect(appEntries(['App A', 'App B'], 'ping', plain)).toEqual({
      INTUNE_INSTALLED_APPS: '[App A, App B]',
    });
    expect(appEntries([], 'ping', plain)).toEqual({ INTUNE_INSTALLED_APPS: '[]' });
  });
});

describe('errorEntries', () => {
  const scrub = createScrub(['s3cr3t-value']);
  const at = Date.UTC(2026, 10, 21, 9, 30, 5);

  test('writes a message, and a stack only where there was an exception', () => {
    expect(errorEntries('It failed.', undefined, { scrub, pingKeys: false, at })).toEqual({
      INTUNE_ERROR_MESSAGE: 'It failed.',
    });
  });

  test('scrubs secrets from the message, the stack and every cause', () => {
    const cause = new Error('inner s3cr3t-value');
    const error = new Error(
      'outer client_secret=s3cr3t-value&x=1 Bearer eyJhbGciOiJub25lIn0.eyJhIjoxfQ.sig',
      { cause },
    );
    const entries = errorEntries('said s3cr3t-value', error, { scrub, pingKeys: true, at });
    expect(Object.keys(entries)).toHaveLength(4);
    const everything = JSON.stringify(entries);
    expect(everything).not.toContain('s3cr3t');
    expect(everything).not.toContain('eyJ');
    expect(entries['INTUNE_ERROR_STACKTRACE']).toContain('Caused by: Error: inner [hidden]');
  });

  test('shows frames relative to the package', () => {
    const error = new Error('x');
    error.stack = [
      'Error: x',
      '    at decide (file:///opt/somewhere/intune-gate/dist/node/intuneNode.js:10:5)',
      '    at /home/someone/app/node_modules/undici/lib/api.js:3:1',
      '    at C:\\gate\\src\\main.ts:1:1',
      '    at node:internal/process:1:1',
      '    at /etc/private/other.js:1:1',
    ].join('\n');
    const stack = errorEntries('x', error, { scrub, pingKeys: false, at })['INTUNE_ERROR_STACKTRACE'];
    expect(stack).toBe(
      [
        'Error: x',
        '    at decide (dist/node/intuneNode.js:10:5)',
        '    at node_modules/undici/lib/api.js:3:1',
        '    at src\\main.ts:1:1',
        '    at node:internal/process:1:1',
        '    at other.js:1:1',
      ].join('\n'),
    );
  });

  test("uses Ping's keys and date form when asked", () => {
    const entries = errorEntries('It failed.', new Error('x'), { scrub, pingKeys: true, at });
    expect(entries['[Microsoft Intune][Marketplace] Exception']).toBe(
      'Sat Nov 21 09:30:05 UTC 2026: It failed.',
    );
    expect(entries['[Microsoft Intune][Marketplace] StackTracke']).toMatch(
      /^Sat Nov 21 09:30:05 UTC 2026: Error: x/,
    );
  });
});

describe('createScrub', () => {
  const secret = 'p@ss/w+rd "q" ü%';
  const scrub = createScrub([secret, 'short']);

  test.each([
    ['plain', secret],
    ['percent', encodeURIComponent(secret)],
    ['form', new URLSearchParams({ v: secret }).toString().slice(2)],
    ['JSON', JSON.stringify(secret).slice(1, -1)],
    ['base64', Buffer.from(secret).toString('base64')],
  ])('removes a known secret in %s form', (_, spelling) => {
    expect(scrub(`before ${spelling} after`)).toBe('before [hidden] after');
  });

  test('leaves words alone that are too short to be secrets', () => {
    expect(scrub('a short word')).toBe('a short word');
  });

  test.each([
    'Authorization: Bearer abcdefgh12345678abcdefgh12345678',
    'password=hunter2000',
    '"client_secret":"abc123"',
    'client_assertion=xyz',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
  ])('removes what looks like a secret: %s', (text) => {
    const scrubbed = scrub(text);
    expect(scrubbed).toContain('[hidden]');
    expect(scrubbed).not.toMatch(/abcdefgh12345678|hunter2000|abc123|xyz|eyJ/);
  });

  test('removes private keys', () => {
    expect(scrub('x -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- y')).toBe(
      'x [hidden] y',
    );
  });

  test('takes linear time on hostile text', () => {
    const text = '-----BEGIN PRIVATE KEY-----'.repeat(20_000) + 'password='.repeat(20_000);
    const started = performance.now();
    scrub(text);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
