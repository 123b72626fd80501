import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createCertificateCommand } from '../../src/cli/certificate.ts';
import {
  DAY,
  EXTENSION,
  keyId,
  mint,
  mintList,
  NOW,
  testKey,
  type Minted,
} from '../support/certificateBuilder.ts';
import { implicit, integer, sequence } from '../support/derBuilder.ts';
import { mintResponse } from '../support/ocspBuilder.ts';

const INTUNE = 'f61dc341-c9c9-40c1-abbd-6997016f4c9e';
const TENANT = '00112233-4455-6677-8899-aabbccddeeff';
const TENANT_BYTES = Buffer.from('33221100554477668899aabbccddeeff', 'hex');
const OTHER = '11111111-2222-4333-8444-555555555555';

const root = mint({ subject: 'CN=Root', ca: true });
const middle = mint({ subject: 'CN=Middle', ca: true, issuer: root });
const leaf = mint({ subject: `CN=${INTUNE}`, issuer: middle, serial: '1234' });

const folder = mkdtempSync(join(tmpdir(), 'inspect-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
function file(content: string | Buffer): string {
  files += 1;
  const path = join(folder, String(files));
  writeFileSync(path, content);
  return path;
}

interface Report {
  readonly verdict: string;
  readonly reason: string | null;
  readonly deviceIds: readonly unknown[];
  readonly certificate: { readonly tenantId: string | null } | null;
  readonly path: { readonly valid: boolean; readonly reason: string | null };
}

async function inspect(pem: string, ...args: readonly string[]): Promise<Report> {
  let out = '';
  const command = createCertificateCommand({
    now: () => NOW,
    // oxlint-disable-next-line require-await -- a stream is asynchronous whether or not it waits
    input: async function* () {
      yield Buffer.from(pem);
    },
  });
  await command.run(['inspect', '--profile', 'pem', '--trust', file(root.pem), ...args], {
    out: (text) => (out += text),
    err: () => undefined,
    readInput: () => Promise.reject(new Error('not used')),
    readLine: () => Promise.resolve(undefined),
    environment: {},
    onHangUp: () => undefined,
    stopped: new AbortController().signal,
  });
  return JSON.parse(out) as Report;
}

describe('intermediates', () => {
  test('are needed, may have text around them, and what is broken among them does no harm', async () => {
    expect((await inspect(leaf.pem)).path).toEqual({ valid: false, reason: 'untrusted' });
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    const bundle = file(`# issuing CA\n${broken}${middle.pem}text\n`);
    expect((await inspect(leaf.pem, '--intermediates', bundle)).verdict).toBe('accepted');
    expect((await inspect(leaf.pem, '--intermediates', bundle, '--max-depth', '0')).verdict).toBe('rejected');
    expect((await inspect(leaf.pem, '--intermediates', bundle, '--max-depth', '1')).verdict).toBe('accepted');
  });

  test('are not trusted by themselves', async () => {
    const rogue = mint({ subject: 'CN=Rogue', ca: true });
    const forged = mint({ subject: 'CN=x', issuer: rogue });
    expect((await inspect(forged.pem, '--intermediates', file(rogue.pem))).reason).toBe(
      'certificateUntrusted',
    );
  });
});

describe('revocation lists', () => {
  const between = ['--intermediates', file(middle.pem)];
  const clean = mintList({ issuer: middle });
  const revoked = mintList({ issuer: middle, revoked: ['1234'] });
  const ofRoot = mintList({ issuer: root });
  const namesake = mint({ subject: 'CN=Middle', ca: true, issuer: root, key: testKey('namesake') });
  const ofNamesake = mintList({
    issuer: namesake,
    revoked: ['1234'],
    extensions: [
      { oid: '2.5.29.20', value: integer(1) },
      { oid: EXTENSION.authorityKeyId, value: sequence(implicit(0, keyId(namesake.spki))) },
    ],
  });
  const derOf = (pem: string): Buffer => Buffer.from(pem.replaceAll(/-----.*-----|\n/g, ''), 'base64');

  test.each<[string, readonly (string | Buffer)[], string | null]>([
    ['without the certificate', [clean, ofRoot], null],
    ['with the certificate', [revoked, ofRoot], 'certificateRevoked'],
    ['with the certificate, in DER', [derOf(revoked), derOf(ofRoot)], 'certificateRevoked'],
    ['without the certificate, in DER', [derOf(clean), derOf(ofRoot)], null],
    ['of another CA alone', [ofRoot], null],
    ['of a CA with the same name and another key', [ofNamesake], null],
    [
      'that are out of date',
      [mintList({ issuer: middle, nextUpdate: NOW - DAY, thisUpdate: NOW - 2 * DAY }), ofRoot],
      'revocationUnknown',
    ],
    ['that are none', ['text'], 'revocationUnknown'],
  ])('%s', async (_, lists, reason) => {
    const report = await inspect(leaf.pem, ...between, ...lists.flatMap((list) => ['--crl', file(list)]));
    expect(report.reason).toBe(reason);
  });

  test('are needed of every CA where that is asked for', async () => {
    const required = [...between, '--crl-policy', 'require', '--crl'];
    expect((await inspect(leaf.pem, ...required, file(ofRoot))).reason).toBe('revocationUnknown');
    expect((await inspect(leaf.pem, ...required, file(ofNamesake))).reason).toBe('revocationUnknown');
    expect((await inspect(leaf.pem, ...required, file(clean), '--crl', file(ofRoot))).verdict).toBe(
      'accepted',
    );
  });
});

describe('OCSP responses', () => {
  const between = ['--intermediates', file(middle.pem)];
  const about = (issuer: Minted, serial: string, status: 'good' | 'revoked' = 'good'): string =>
    file(mintResponse({ answers: [{ issuer, serial, status }], signer: issuer }));
  const ofMiddle = mintList({ issuer: root });

  test.each<[string, readonly string[], string | null]>([
    [
      'about the certificate, and a list of the CA above',
      ['--ocsp', about(middle, '1234'), '--crl', file(ofMiddle)],
      null,
    ],
    ['that say "revoked"', ['--ocsp', about(middle, '1234', 'revoked')], 'certificateRevoked'],
    ['about the certificate alone', ['--ocsp', about(middle, '1234')], 'revocationUnknown'],
    ['about another', ['--ocsp', about(middle, '1235'), '--crl', file(ofMiddle)], 'revocationUnknown'],
    ['that are none', ['--ocsp', file('text'), '--crl', file(ofMiddle)], 'revocationUnknown'],
  ])('%s', async (_, options, reason) => {
    expect((await inspect(leaf.pem, ...between, ...options)).reason).toBe(reason);
  });
});

describe('a certificate of Intune itself', () => {
  const mdm = mint({
    subject: `CN=${TENANT}`,
    issuer: root,
    extensions: [
      { oid: '1.2.840.113556.5.4', value: TENANT_BYTES },
      { oid: '1.2.840.113556.5.14', value: Buffer.concat([Buffer.from([0x04, 0x10]), TENANT_BYTES]) },
    ],
  });
  const id = { kind: 'intune', value: TENANT, source: 'intuneMdm' };

  test('is shown with its tenant', async () => {
    const report = await inspect(mdm.pem);
    expect(report).toMatchObject({ verdict: 'accepted', deviceIds: [id], certificate: { tenantId: TENANT } });
  });

  test('is compared with the tenant that is given', async () => {
    expect(await inspect(mdm.pem, '--tenant-id', TENANT)).toMatchObject({
      verdict: 'accepted',
      deviceIds: [id],
    });
    expect(await inspect(mdm.pem, '--tenant-id', OTHER)).toMatchObject({
      verdict: 'rejected',
      reason: 'certificateUntrusted',
      deviceIds: [],
      path: { valid: true },
    });
  });
});
