import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GateConfig } from '../../src/config/gateConfig.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { createGateFolder, type GateFolder } from '../cli/gateFolder.ts';
import { DAY, EXTENSION, keyId, mint, mintList, name, NOW, testKey } from '../support/certificateBuilder.ts';
import { der, implicit, integer, sequence } from '../support/derBuilder.ts';
import { changed, parseProblems, thrownProblems } from './testConfig.ts';

const root = mint({ subject: 'CN=Root', ca: true });
const middle = mint({ subject: 'CN=Middle', ca: true, issuer: root });
const now = (): number => NOW;
const AT = 'nodes.default.deviceId.0.trust';

let folder: GateFolder;
beforeAll(() => {
  folder = createGateFolder();
  folder.file('root.pem', root.pem);
  folder.file('middle.pem', middle.pem);
});
afterAll(() => {
  folder.remove();
});

function configured(trust: object): Record<string, unknown> {
  const source = {
    source: 'certificate',
    header: 'x-ssl-client-cert',
    trust: { anchors: ['root.pem'], intermediates: ['middle.pem'], ...trust },
    from: ['journeys'],
  };
  return changed(['nodes', 'default', 'deviceId'], [source]);
}

const load = (trust: object): GateConfig =>
  loadConfig(folder.config(configured(trust)), { GATE_SECRET: 'v' }, now);

function setupOf(
  config: GateConfig,
): Extract<GateConfig['nodes'][string]['deviceId'][number], { source: 'certificate' }> {
  const source = config.nodes['default']?.deviceId[0];
  if (source?.source !== 'certificate') throw new Error('no certificate source');
  return source;
}

const derOf = (pem: string): Buffer => Buffer.from(pem.replaceAll(/-----[A-Z0-9 ]+-----|\s/g, ''), 'base64');

describe('lists in files', () => {
  test('are read from PEM and DER, with Windows line ends and words between', () => {
    folder.file('root.crl', derOf(mintList({ issuer: root })));
    const two = `Root\n${mintList({ issuer: root })}\nMiddle\n${mintList({ issuer: middle })}`;
    folder.file('both.pem', two.replaceAll('\n', '\r\n'));
    const config = load({ crl: { files: ['root.crl', 'both.pem'] } });
    const { trust, revocation } = setupOf(config);
    expect(trust.crls).toHaveLength(3);
    expect(trust).toMatchObject({ crlPolicy: 'require' });
    expect(revocation).toEqual({});
    expect(config.warnings).toEqual([]);
  });

  test('may be out of date, with a warning', () => {
    folder.file('old.crl', mintList({ issuer: root, thisUpdate: NOW - 2 * DAY, nextUpdate: NOW - DAY }));
    const { warnings } = load({ crl: { files: ['old.crl'] } });
    expect(warnings).toMatchObject([{ message: expect.stringMatching(/its list is out of date/) as string }]);
    expect(warnings[0]?.path.join('.')).toBe(`${AT}.crl.files.0`);
  });

  const indirect = [
    { oid: '2.5.29.20', value: integer(1) },
    { oid: '2.5.29.28', critical: true, value: sequence(der(0x84, '\u00ff')) },
  ];
  test.each<[string, string | Buffer, RegExp]>([
    ['is no list', 'garbage', /without a revocation list/],
    ['is a certificate', root.pem, /without a revocation list/],
    ['is cut off', derOf(mintList({ issuer: root })).subarray(0, 90), /its list cannot be read/],
    [
      'holds a broken list',
      `${mintList({ issuer: root })}${mintList({ issuer: root }).replace('\nM', '\nN')}`,
      /its list 2 of 2 cannot be read/,
    ],
    [
      'holds a list without its end',
      `${mintList({ issuer: root })}${mintList({ issuer: root }).slice(0, 90)}`,
      /1 of 2 lists are cut off/,
    ],
    ['is of version 1', mintList({ issuer: root, version: 'none', extensions: [] }), /cannot be read/],
    ['is of a stranger', mintList({ issuer: mint({ subject: 'CN=Stranger', ca: true }) }), /signed by none/],
    [
      'is of another key of the same name',
      mintList({ issuer: root, key: testKey('rogue') }),
      /signed by none/,
    ],
    [
      'names another key',
      mintList({
        issuer: root,
        extensions: [
          { oid: '2.5.29.20', value: integer(1) },
          { oid: EXTENSION.authorityKeyId, value: sequence(implicit(0, keyId(middle.spki))) },
        ],
      }),
      /signed by none/,
    ],
    ['is in another name', mintList({ issuer: root, issuerName: name(['CN=Other']) }), /signed by none/],
    ['is indirect', mintList({ issuer: root, extensions: indirect }), /can never be used: it is indirect/],
    ['has no number', mintList({ issuer: root, extensions: [] }), /can never be used: it has no number/],
    ['has no end', mintList({ issuer: root, nextUpdate: 'none' }), /does not say until when/],
  ])('are a mistake if one %s', (_, content, message) => {
    folder.file('list.crl', content);
    const problems = thrownProblems(() => load({ crl: { files: ['list.crl'] } }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${AT.replaceAll('.', '\\.')}\\.crl\\.files\\.0: names a file`));
    expect(problems[0]).toMatch(message);
  });

  test('are a mistake if one is missing', () => {
    expect(thrownProblems(() => load({ crl: { files: ['nowhere.crl'] } }))).toEqual([
      `${AT}.crl.files.0: names a file that cannot be read: there is no such file`,
    ]);
  });
});

test('what is to be fetched and asked comes out as it was written', () => {
  const config = load({
    crl: { urls: ['http://crl.example/a.crl'], hosts: ['crl.example:8080'], whenMissing: 'accept' },
    ocsp: { hosts: ['ocsp.example'], maxAgeSeconds: 60, nonce: true },
  });
  const { trust, revocation } = setupOf(config);
  expect(trust).toMatchObject({
    crls: [],
    crlPolicy: 'whenPresent',
    ocspPolicy: 'require',
    ocspMaxAgeMs: 60_000,
  });
  expect(revocation).toEqual({
    crl: { urls: ['http://crl.example/a.crl'], hosts: ['crl.example:8080'] },
    ocsp: { url: undefined, hosts: ['ocsp.example'], maxAgeMs: 60_000, nonce: true },
  });
});

test('without the two nothing is asked', () => {
  const { trust, revocation } = setupOf(load({}));
  expect(trust.crlPolicy).toBeUndefined();
  expect(trust.ocspPolicy).toBeUndefined();
  expect(revocation).toEqual({});
});

describe('mistakes', () => {
  test.each<[object, RegExp]>([
    [{ crl: {} }, /crl: names no file, no URL and no host/],
    [{ ocsp: {} }, /ocsp: names no URL and no host/],
    [{ crl: { urls: ['ftp://crl.example/'] } }, /crl\.urls\.0: must be an http or https URL/],
    [{ crl: { urls: ['http://user:pw@crl.example/'] } }, /crl\.urls\.0: must be an http or https URL/],
    [{ ocsp: { url: 'ocsp.example' } }, /ocsp\.url: must be an http or https URL/],
    [{ crl: { hosts: ['http://crl.example'] } }, /crl\.hosts\.0: must be a host/],
    [{ crl: { hosts: ['*.example'] } }, /crl\.hosts\.0: must be a host/],
    [{ ocsp: { hosts: ['ocsp.example/path'] } }, /ocsp\.hosts\.0: must be a host/],
    [{ crl: { hosts: ['crl.example'], whenMissing: 'ignore' } }, /crl\.whenMissing: /],
    [{ ocsp: { hosts: ['ocsp.example'], maxAgeSeconds: 0 } }, /ocsp\.maxAgeSeconds: /],
    [{ crl: { hosts: ['crl.example'], file: 'x' } }, /crl\.file: is no known key/],
  ])('%j', (trust, message) => {
    const problems = parseProblems(configured(trust));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });
});
