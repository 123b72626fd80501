import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { encodeOcspRequest } from '../../src/tls/ocspRequest.ts';
import { mint, NOW, read, type Minted } from '../support/certificateBuilder.ts';
import { device, issuer, OCSP_CASES, type OcspCase } from './ocspCases.ts';

/** Not named where it is started, since tools that read the source would take it for a package. */
const OPENSSL = 'openssl';
/** The line whose differences are written down in the cases; another line has others. */
const COMPARED = 'OpenSSL 3.0.';
const version = spawnSync(OPENSSL, ['version'], { encoding: 'utf8' }).stdout ?? 'no openssl';
const isComparable = version.startsWith(COMPARED);
const isCi = process.env['CI'] === 'true';
const folder = mkdtempSync(join(tmpdir(), 'intune-gate-openssl-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function write(content: string | Buffer): string {
  files += 1;
  const file = join(folder, String(files));
  writeFileSync(file, content);
  return file;
}

/** `openssl ocsp` compares times with the clock of the machine, so they are not compared here. */
const ANY_TIME = '999999999';

function verdictOfOpenssl(one: OcspCase): OcspCase['expected'] {
  const { stdout, stderr } = spawnSync(
    OPENSSL,
    [
      'ocsp',
      '-respin',
      write(one.response),
      '-issuer',
      write(one.issuer.pem),
      '-cert',
      write(one.device.pem),
      '-CAfile',
      write(one.issuer.pem),
      '-attime',
      String(Math.floor(one.at / 1_000)),
      '-validity_period',
      ANY_TIME,
      '-no_nonce',
    ],
    { encoding: 'utf8' },
  );
  const [, status] = /: (good|revoked|unknown)$/m.exec(stdout) ?? [];
  if (!stderr.includes('Response verify OK') || status === undefined) return 'revocationUnknown';
  return status === 'good' ? 'valid' : status === 'revoked' ? 'revoked' : 'revocationUnknown';
}

describe('openssl ocsp', () => {
  test(`of the line ${COMPARED} is there, or said to be missing`, () => {
    if (!isComparable) process.stderr.write(`NOT COMPARED: needs ${COMPARED}x, found ${version.trim()}\n`);
    expect(isComparable || !isCi).toBe(true);
  });

  const cases = Object.entries(OCSP_CASES)
    .filter(([group]) => group !== 'times' && group !== 'both')
    .flatMap(([group, list]) => list.map((one) => [`${group}: ${one.name}`, one] as const));

  test('is compared in more than forty cases', () => {
    expect(cases.filter(([, { opensslDiffers }]) => opensslDiffers === undefined).length).toBeGreaterThan(40);
  });

  test.each(isComparable ? cases : [])('%s', (_, one) => {
    const agrees = verdictOfOpenssl(one) === one.expected;
    // A difference that went away is worth knowing too: its explanation is then wrong.
    expect(agrees).toBe(one.opensslDiffers === undefined);
  });
});

describe('a request', () => {
  const requestTextOf = (certificate: Minted, options?: Parameters<typeof encodeOcspRequest>[1]): string => {
    const bytes = encodeOcspRequest({ certificate: read(certificate), issuer: read(issuer) }, options);
    return spawnSync(OPENSSL, ['ocsp', '-reqin', write(bytes), '-req_text'], { encoding: 'utf8' }).stdout;
  };

  test.each(isComparable ? (['sha1', 'sha256'] as const) : [])('is the one of OpenSSL, with %s', (hash) => {
    const file = join(folder, 'request');
    spawnSync(OPENSSL, [
      'ocsp',
      '-issuer',
      write(issuer.pem),
      `-${hash}`,
      '-cert',
      write(device.pem),
      '-no_nonce',
      '-reqout',
      file,
    ]);
    const link = { certificate: read(device), issuer: read(issuer) };
    expect(encodeOcspRequest(link, { hash }).toString('hex')).toBe(readFileSync(file, 'hex'));
  });

  test.runIf(isComparable)('with a nonce is read by OpenSSL', () => {
    expect(requestTextOf(device, { nonce: Buffer.alloc(32, 0xab) })).toMatch(
      /Serial Number: 0BADCAFE[\s\S]*OCSP Nonce: *\n *0420(?:AB){32}/,
    );
  });

  test.runIf(isComparable)('about a negative serial number keeps the sign', () => {
    const negative = mint({ subject: 'CN=device', issuer, serial: 'd401', notAfter: NOW + 1 });
    expect(requestTextOf(negative)).toContain('Serial Number: -2BFF');
  });
});
