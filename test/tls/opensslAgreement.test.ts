import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { PATH_CASES, type PathCase } from './pathCases.ts';

/** Not named where it is started, since tools that read the source would take it for a package. */
const OPENSSL = 'openssl';
/** The line whose differences are written down in the cases; another line has others. */
const COMPARED = 'OpenSSL 3.0.';
const version = spawnSync(OPENSSL, ['version'], { encoding: 'utf8' }).stdout ?? 'no openssl';
const isComparable = version.startsWith(COMPARED);
const isCi = process.env['CI'] === 'true';
const folder = mkdtempSync(join(tmpdir(), 'intune-gate-openssl-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** With this OpenSSL looks at policies as RFC 5280 says, and takes every one. */
const ANY_POLICY = '2.5.29.32.0';
const PURPOSES = { client: 'sslclient', server: 'sslserver', any: 'any' } as const;

function acceptedByOpenssl(one: PathCase, index: number): boolean {
  const write = (name: string, text: string): string => {
    const file = join(folder, `${index}-${name}.pem`);
    writeFileSync(file, text);
    return file;
  };
  const { status } = spawnSync(OPENSSL, [
    'verify',
    '-x509_strict',
    '-policy',
    ANY_POLICY,
    '-attime',
    String(Math.floor(one.at / 1_000)),
    '-purpose',
    PURPOSES[one.purpose],
    '-CAfile',
    write('anchors', one.anchors.map(({ pem }) => pem).join('')),
    ...(one.intermediates.length === 0
      ? []
      : ['-untrusted', write('intermediates', one.intermediates.map(({ pem }) => pem).join(''))]),
    ...(one.crls.length === 0 ? [] : ['-crl_check_all', '-CRLfile', write('lists', one.crls.join(''))]),
    ...(one.maxDepth === undefined ? [] : ['-verify_depth', String(one.maxDepth)]),
    ...(one.hostname === undefined ? [] : hostOption(one.hostname)),
    write('leaf', one.leaf.pem),
  ]);
  return status === 0;
}

function hostOption(hostname: string): readonly string[] {
  if (hostname.includes('@')) return ['-verify_email', hostname];
  const address = hostname.replaceAll(/[[\]]/g, '');
  return /^[\d.]+$|:/.test(address) ? ['-verify_ip', address] : ['-verify_hostname', hostname];
}

describe('openssl verify', () => {
  test(`of the line ${COMPARED} is there, or said to be missing`, () => {
    if (!isComparable) process.stderr.write(`NOT COMPARED: needs ${COMPARED}x, found ${version.trim()}\n`);
    expect(isComparable || !isCi).toBe(true);
  });

  const cases = Object.entries(PATH_CASES).flatMap(([group, list]) =>
    list.map((one, index) => [`${group}: ${one.name}`, one, index] as const),
  );

  test('is compared in more than a hundred cases', () => {
    expect(cases.filter(([, { opensslDiffers }]) => opensslDiffers === undefined).length).toBeGreaterThan(
      100,
    );
  });

  test.each(isComparable ? cases : [])('%s', (_, one, index) => {
    const agrees = acceptedByOpenssl(one, index) === (one.expected === 'valid');
    // A difference that went away is worth knowing too: its explanation is then wrong.
    expect(agrees).toBe(one.opensslDiffers === undefined);
  });
});
