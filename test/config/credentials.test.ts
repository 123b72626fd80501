import { createPrivateKey, X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/loadConfig.ts';
import type { Environment } from '../../src/config/environment.ts';
import type { Credential } from '../../src/graph/graphTenant.ts';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { createGateFolder, type GateFolder } from '../cli/gateFolder.ts';
import { changed, SECRET, thrownProblems } from './testConfig.ts';

const PASSPHRASE = 'open sesame, 1001 nights';
const ca = createCertificateAuthority({ commonName: 'Test CA', keyType: 'rsa', now: Date.now });
const rsa = ca.issue({ commonName: 'gate', keyType: 'rsa', usage: 'client' });
const otherRsa = ca.issue({ commonName: 'other', keyType: 'rsa', usage: 'client' });
const ec = ca.issue({ commonName: 'gate', keyType: 'ec', usage: 'client' });

function encrypted(keyPem: string): string {
  return createPrivateKey(keyPem)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSPHRASE })
    .toString();
}

function pfx(passphrase: string): Buffer {
  const contents = forge.pkcs12.toPkcs12Asn1(
    forge.pki.privateKeyFromPem(rsa.privateKeyPem),
    [forge.pki.certificateFromPem(rsa.certificatePem)],
    passphrase,
    { algorithm: '3des', count: 100 },
  );
  return Buffer.from(forge.asn1.toDer(contents).getBytes(), 'binary');
}

let folder: GateFolder;
beforeAll(() => {
  folder = createGateFolder();
  folder.file('rsa.pem', rsa.certificatePem);
  folder.file('rsa.key', rsa.privateKeyPem);
  folder.file('rsa.encrypted.key', encrypted(rsa.privateKeyPem));
  folder.file('other.key', otherRsa.privateKeyPem);
  folder.file('ec.pem', ec.certificatePem);
  folder.file('ec.key', ec.privateKeyPem);
  folder.file('gate.pfx', pfx(PASSPHRASE));
  folder.file('open.pfx', pfx(''));
  folder.file('passphrase', `${PASSPHRASE}\r\n`);
  folder.file('nonsense', Buffer.from([0x30, 0x03, 0x02, 0x01, 0x05]));
  folder.file('token', 'first');
});
afterAll(() => {
  folder.remove();
});

const ENVIRONMENT: Environment = {
  USER: 'gate@contoso.example',
  PASSWORD: 'user-password',
  SECRET: 'app-secret',
  WRONG: SECRET,
};

function credential(config: unknown, environment: Environment = ENVIRONMENT): Credential | undefined {
  const file = folder.config(changed(['tenants', 'default', 'credential'], config));
  return loadConfig(file, environment).tenants['default']?.credential;
}

function problems(config: unknown, environment: Environment = ENVIRONMENT): readonly string[] {
  const prefix = 'tenants.default.credential';
  return thrownProblems(() => credential(config, environment)).map((problem) =>
    problem.startsWith(prefix) ? problem.slice(prefix.length) : problem,
  );
}

describe('kinds of credential', () => {
  test('a client secret', () => {
    expect(credential({ kind: 'clientSecret', clientSecret: { env: 'SECRET' } })).toEqual({
      kind: 'clientSecret',
      clientSecret: 'app-secret',
    });
  });

  test('a user name and password, with and without a secret of the app', () => {
    const user = { kind: 'userPassword', username: { env: 'USER' }, password: { env: 'PASSWORD' } };
    const expected = { kind: 'userPassword', username: 'gate@contoso.example', password: 'user-password' };
    expect(credential(user)).toEqual(expected);
    expect(credential({ ...user, clientSecret: { env: 'SECRET' } })).toEqual({
      ...expected,
      clientSecret: 'app-secret',
    });
  });

  test('everything a user credential lacks is told at once', () => {
    expect(
      problems({
        kind: 'userPassword',
        username: { env: 'A' },
        password: { env: 'B' },
        clientSecret: { env: 'C' },
      }),
    ).toEqual([
      '.clientSecret: names an environment variable that is not set',
      '.username: names an environment variable that is not set',
      '.password: names an environment variable that is not set',
    ]);
  });

  test('the managed identity of the host, or one that is named', () => {
    const clientId = '00000000-0000-4000-8000-0000000000a1';
    expect(credential({ kind: 'managedIdentity' })).toEqual({ kind: 'managedIdentity' });
    expect(credential({ kind: 'managedIdentity', clientId })).toEqual({ kind: 'managedIdentity', clientId });
  });
});

describe('a federated assertion', () => {
  test.each([
    ['the file of the configuration', { kind: 'federatedAssertion', assertionFile: 'token' }, {}],
    ['the file of the platform', { kind: 'federatedAssertion' }, { AZURE_FEDERATED_TOKEN_FILE: 'token' }],
    [
      'the file of the configuration before that of the platform',
      { kind: 'federatedAssertion', assertionFile: 'token' },
      { AZURE_FEDERATED_TOKEN_FILE: 'absent' },
    ],
  ])('is read anew each time from %s', async (_name, config, environment) => {
    folder.file('token', 'first\n');
    const loaded = credential(config, environment);
    const read = loaded?.kind === 'federatedAssertion' ? loaded.readAssertion : undefined;
    expect(await read?.()).toBe('first');
    folder.file('token', 'second\r\n');
    expect(await read?.()).toBe('second');
  });

  test('needs a file', () => {
    expect(problems({ kind: 'federatedAssertion' })).toEqual([
      '.assertionFile: is missing, and the environment variable AZURE_FEDERATED_TOKEN_FILE is not set',
    ]);
  });
});

describe('a certificate', () => {
  const PEM = { kind: 'certificate', certificateFile: 'rsa.pem', privateKeyFile: 'rsa.key' };
  const passphrase = { file: 'passphrase' };

  test.each([
    ['PEM', PEM],
    ['PEM with an encrypted key', { ...PEM, privateKeyFile: 'rsa.encrypted.key', passphrase }],
    ['PFX', { kind: 'certificate', certificateFile: 'gate.pfx', passphrase }],
    ['PFX without a passphrase', { kind: 'certificate', certificateFile: 'open.pfx' }],
  ])('as %s', (_name, config) => {
    const loaded = credential(config);
    expect(loaded?.kind).toBe('certificate');
    if (loaded?.kind !== 'certificate') return;
    const certificate = new X509Certificate(loaded.certificatePem);
    expect(certificate.fingerprint256).toBe(new X509Certificate(rsa.certificatePem).fingerprint256);
    expect(certificate.checkPrivateKey(createPrivateKey(loaded.privateKeyPem))).toBe(true);
  });

  test.each<[string, object, RegExp]>([
    [
      'a wrong passphrase of the key',
      { ...PEM, privateKeyFile: 'rsa.encrypted.key', passphrase: { env: 'WRONG' } },
      /right passphrase/,
    ],
    [
      'no passphrase for an encrypted key',
      { ...PEM, privateKeyFile: 'rsa.encrypted.key' },
      /right passphrase/,
    ],
    [
      'a wrong passphrase of the PFX',
      { kind: 'certificate', certificateFile: 'gate.pfx', passphrase: { env: 'WRONG' } },
      /^\.certificateFile: .*passphrase.*wrong/,
    ],
    [
      'no passphrase for a PFX that has one',
      { kind: 'certificate', certificateFile: 'gate.pfx' },
      /^\.certificateFile: .*passphrase.*wrong/,
    ],
    [
      'the key of another certificate',
      { ...PEM, privateKeyFile: 'other.key' },
      /^\.privateKeyFile: does not belong to the certificate/,
    ],
    ['no key', { kind: 'certificate', certificateFile: 'rsa.pem' }, /^\.privateKeyFile: is missing/],
    [
      'a key beside a PFX',
      { kind: 'certificate', certificateFile: 'gate.pfx', privateKeyFile: 'rsa.key', passphrase },
      /^\.privateKeyFile: is not used with a PFX/,
    ],
    [
      'an EC key, which Entra does not take',
      { kind: 'certificate', certificateFile: 'ec.pem', privateKeyFile: 'ec.key' },
      /^\.privateKeyFile: .*not RSA/,
    ],
    ['a missing certificate', { ...PEM, certificateFile: 'absent' }, /^\.certificateFile: .*no such file/],
    ['a missing key', { ...PEM, privateKeyFile: 'absent' }, /^\.privateKeyFile: .*no such file/],
    ['the key as the certificate', { ...PEM, certificateFile: 'rsa.key' }, /needs a PEM certificate/],
    ['the certificate as the key', { ...PEM, privateKeyFile: 'rsa.pem' }, /needs a PEM certificate/],
    [
      'some other file',
      { kind: 'certificate', certificateFile: 'nonsense' },
      /^\.certificateFile: .*neither PEM nor a readable PFX/,
    ],
  ])('with %s is a mistake', (_name, config, message) => {
    const found = problems(config);
    expect(found).toEqual([expect.stringMatching(message)]);
    expect(found.join()).not.toMatch(/open sesame|PRIVATE KEY/);
    expect(found.join()).not.toContain(SECRET);
  });
});
