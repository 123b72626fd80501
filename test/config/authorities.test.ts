import { generateKeyPairSync } from 'node:crypto';
import forge from 'node-forge';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GateConfig } from '../../src/config/gateConfig.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { createGateFolder, type GateFolder } from '../cli/gateFolder.ts';
import { changed, thrownProblems } from './testConfig.ts';

const DAY = 86_400_000;
const good = createCertificateAuthority({ commonName: 'Good CA', now: Date.now }).certificatePem;
const expired = createCertificateAuthority({
  commonName: 'Old CA',
  now: Date.now,
  notAfter: new Date(Date.now() - DAY),
}).certificatePem;

interface Flaw {
  readonly bits?: number;
  readonly digest?: forge.md.MessageDigest;
  readonly extensions?: readonly object[];
}

/** A self-signed CA as the simulator's would never be. */
function flawed({ bits = 2_048, digest = forge.md.sha256.create(), extensions = [] }: Flaw): string {
  const pem = generateKeyPairSync('rsa', { modulusLength: bits })
    .privateKey.export({ type: 'pkcs1', format: 'pem' })
    .toString();
  const key = forge.pki.privateKeyFromPem(pem);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
  certificate.serialNumber = '01';
  certificate.validity.notBefore = new Date(Date.now() - DAY);
  certificate.validity.notAfter = new Date(Date.now() + DAY);
  const name = [{ name: 'commonName', value: 'Flawed CA' }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([{ name: 'basicConstraints', cA: true, critical: true }, ...extensions]);
  certificate.sign(key, digest);
  return forge.pki.certificateToPem(certificate);
}

let folder: GateFolder;
beforeAll(() => {
  folder = createGateFolder();
});
afterAll(() => {
  folder.remove();
});

function load(anchors: string, intermediates = good, now?: () => number): GateConfig {
  folder.file('anchors.pem', anchors);
  folder.file('intermediates.pem', intermediates);
  const source = {
    source: 'certificate',
    header: 'x-ssl-client-cert',
    trust: { anchors: ['anchors.pem'], intermediates: ['intermediates.pem'] },
    from: ['journeys'],
  };
  const file = folder.config(changed(['nodes', 'default', 'deviceId'], [source]));
  return loadConfig(file, { GATE_SECRET: 'v' }, now);
}

const AT = 'nodes.default.deviceId.0.trust';

describe('a CA certificate that can never lead anywhere', () => {
  const nameConstraints = { id: '2.5.29.30', value: '\x30\x00' };
  test.each<[string, () => string, RegExp]>([
    ['has RSA with 1024 bits', () => flawed({ bits: 1_024 }), /cannot be an issuer \(.*key/],
    [
      'has name constraints',
      () => flawed({ extensions: [nameConstraints] }),
      /name constraints of an issuer cannot be read/,
    ],
    [
      'may not sign certificates',
      () => flawed({ extensions: [{ name: 'keyUsage', cRLSign: true }] }),
      /does not allow signing certificates/,
    ],
    [
      'is for servers only',
      () => flawed({ extensions: [{ name: 'extKeyUsage', serverAuth: true }] }),
      /may not issue certificates for clients/,
    ],
  ])('%s: refused as an anchor and as an intermediate', (_name, make, message) => {
    const pem = make();
    const problems = thrownProblems(() => load(`${good}${pem}`, pem));
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain(`${AT}.anchors.0: names a file of no use: its certificate 2 of 2 `);
    expect(problems[1]).toContain(`${AT}.intermediates.0: names a file of no use: its certificate `);
    for (const problem of problems) {
      expect(problem).toMatch(message);
      expect(problem).toMatch(/this gate never accepts a path through it$/);
    }
  });
});

test('a CA certificate signed with SHA-1 is refused as an intermediate; an anchor is believed for what it is', () => {
  const pem = flawed({ digest: forge.md.sha1.create() });
  const problems = thrownProblems(() => load(`${good}${pem}`, pem));
  expect(problems).toEqual([expect.stringContaining(`${AT}.intermediates.0: names a file of no use`)]);
});

describe('a certificate that is cut off behind a good one', () => {
  test.each([
    ['in the middle', `${good}${good.slice(0, 300)}`],
    ['before its last line', `${good}${good.replace(/-----END[^]*/, '')}`],
    ['at its beginning', `${good}${good.slice(300)}`],
    ['so that it runs into the next', good.replace(/-----END[^]*/, good.replace(/-----BEGIN.*\n/, ''))],
  ])('%s', (_name, pem) => {
    expect(thrownProblems(() => load(pem))).toEqual([
      expect.stringMatching(/anchors\.0: names a file in which 1 of \d certificates cannot be read/),
    ]);
  });
});

describe('an expired CA certificate', () => {
  test('is refused as an anchor', () => {
    expect(thrownProblems(() => load(`${good}${expired}`))).toEqual([
      `${AT}.anchors.0: names a file of which its certificate 2 of 2 has expired; no path through it is accepted any more`,
    ]);
  });

  test('is a warning as an intermediate', () => {
    expect(load(good, expired).warnings).toMatchObject([
      { path: ['nodes', 'default', 'deviceId', 0, 'trust', 'intermediates', 0] },
    ]);
  });

  test('is told by the clock that was given', () => {
    expect(thrownProblems(() => load(good, good, () => Date.now() + 20 * 365 * DAY))).toHaveLength(1);
    expect(load(good).warnings).toEqual([]);
  });
});

test('blanks before the lines of a PEM file do no harm', () => {
  expect(load(good.replaceAll(/^/gm, '  ')).nodes['default']?.deviceId).toMatchObject([
    { trust: { anchors: [good] } },
  ]);
});
