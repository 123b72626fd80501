import { describe, expect, test } from 'vitest';
import {
  createPathValidator,
  type PathValidatorOptions,
  type PathVerdict,
} from '../../src/tls/certificatePath.ts';
import { readOcspResponse } from '../../src/tls/ocspResponse.ts';
import type { RevocationEvidence } from '../../src/tls/revocationEvidence.ts';
import { DAY, mint, mintList, NOW, read } from '../support/certificateBuilder.ts';
import { HOUR, mintResponder, mintResponse } from '../support/ocspBuilder.ts';
import { device, issuer, OCSP_CASES, type OcspCase } from './ocspCases.ts';

function evidenceOf(...responses: readonly Buffer[]): RevocationEvidence {
  const found = responses.flatMap((bytes) => readOcspResponse(bytes) ?? []);
  return { listsNamed: () => [], responsesFor: () => found };
}

function judge(one: OcspCase, options: Partial<PathValidatorOptions> = {}): PathVerdict {
  const validator = createPathValidator({
    anchors: [one.issuer.pem],
    crls: one.crls,
    ocspPolicy: 'require',
    ...options,
  });
  return validator.validate(read(one.device), {
    at: one.at,
    purpose: 'client',
    evidence: evidenceOf(one.response),
  });
}

describe.each(Object.entries(OCSP_CASES))('%s', (_, cases) => {
  test.each(cases.map((one) => [one.name, one.expected, one] as const))('%s: %s', (_name, expected, one) => {
    expect(judge(one)).toMatchObject(
      expected === 'valid' ? { valid: true } : { valid: false, reason: expected },
    );
  });

  // Leniency about what is missing must never reach what was revoked.
  test.each(cases.map((one) => [one.name, one] as const))('%s, where answers are optional', (_name, one) => {
    const verdict = judge(one, { ocspPolicy: 'whenPresent', crlPolicy: 'whenPresent' });
    const isListed = one.crls.length > 0 && one.expected === 'revocationUnknown';
    expect(verdict).toMatchObject(
      one.expected === 'revoked' || isListed ? { valid: false } : { valid: true },
    );
  });
});

const good = mintResponse({ answers: [{ issuer, serial: '0badcafe' }], signer: issuer });
const ask = (options: Partial<PathValidatorOptions>, evidence = evidenceOf()): PathVerdict =>
  createPathValidator({ anchors: [issuer.pem], ...options }).validate(read(device), {
    at: NOW,
    purpose: 'client',
    evidence,
  });

describe('without any answer', () => {
  test.each([
    [{}, true],
    [{ ocspPolicy: 'whenPresent' }, true],
    [{ ocspPolicy: 'require' }, false],
    [{ crlPolicy: 'require' }, false],
    [{ crlPolicy: 'whenPresent', ocspPolicy: 'require' }, false],
    [{ crlPolicy: 'require', ocspPolicy: 'whenPresent' }, false],
    [{ crlPolicy: 'whenPresent', ocspPolicy: 'whenPresent' }, true],
  ] as const)('%j passes: %s', (options, valid) => {
    expect(ask(options).valid).toBe(valid);
  });

  test('the verdict hands out what to ask about, whether it passes or not', () => {
    for (const ocspPolicy of ['require', 'whenPresent'] as const) {
      const [link, ...more] = ask({ ocspPolicy }).lacking ?? [];
      expect(more).toEqual([]);
      expect(link?.certificate.serialHex).toBe('0badcafe');
      expect(link?.issuer.subjectName.key).toBe(read(issuer).subjectName.key);
    }
    expect(ask({}).lacking).toBeUndefined();
    expect(ask({ ocspPolicy: 'require' }, evidenceOf(good)).lacking).toBeUndefined();
  });

  test.each([
    [
      'of a stranger',
      mint({
        subject: 'CN=device',
        issuer: mint({ subject: 'CN=Issuer', ca: true, key: mint({ subject: 'CN=x' }).key }),
      }),
    ],
    ['for another purpose', mint({ subject: 'CN=device', issuer, usages: ['1.3.6.1.5.5.7.3.1'] })],
    ['that has expired', mint({ subject: 'CN=device', issuer, notAfter: NOW - DAY / 2 })],
  ])('nobody is asked about a certificate %s', (_, other) => {
    const validator = createPathValidator({ anchors: [issuer.pem], ocspPolicy: 'require' });
    const verdict = validator.validate(read(other), { at: NOW, purpose: 'client' });
    expect(verdict.valid).toBe(false);
    expect(verdict.lacking).toBeUndefined();
  });

  test('all of a path is asked about, not only its first link', () => {
    const middle = mint({ subject: 'CN=Middle', ca: true, issuer });
    const leaf = mint({ subject: 'CN=leaf', issuer: middle });
    const validator = createPathValidator({
      anchors: [issuer.pem],
      intermediates: [middle.pem],
      ocspPolicy: 'require',
    });
    const verdict = validator.validate(read(leaf), { at: NOW, purpose: 'client' });
    expect(verdict.lacking?.map(({ certificate }) => certificate.sha256)).toEqual([
      read(leaf).sha256,
      read(middle).sha256,
    ]);
  });
});

test('either kind suffices where both are required', () => {
  const required = { crlPolicy: 'require', ocspPolicy: 'require' } as const;
  expect(ask(required, evidenceOf(good)).valid).toBe(true);
  expect(ask({ ...required, crls: [mintList({ issuer })] }).valid).toBe(true);
});

test('a revoked CA outweighs that nothing is known about the leaf', () => {
  const middle = mint({ subject: 'CN=Middle', ca: true, issuer, serial: '11' });
  const leaf = mint({ subject: 'CN=leaf', issuer: middle });
  const validator = createPathValidator({
    anchors: [issuer.pem],
    intermediates: [middle.pem],
    crls: [mintList({ issuer, revoked: ['11'] })],
  });
  expect(validator.validate(read(leaf), { at: NOW, purpose: 'client' })).toMatchObject({ reason: 'revoked' });
});

describe('the window of a verdict', () => {
  test('is that of the answer', () => {
    const response = mintResponse({
      answers: [{ issuer, serial: '0badcafe', thisUpdate: NOW - 5_000, nextUpdate: NOW + 5_000 }],
      signer: issuer,
    });
    expect(ask({ ocspPolicy: 'require' }, evidenceOf(response))).toEqual({
      valid: true,
      validFrom: NOW - 65_000,
      validUntil: NOW + 4_999,
    });
  });

  test('ends with the certificate of the responder', () => {
    const signer = mintResponder(issuer, { notBefore: NOW - 1_000, notAfter: NOW + 2_000 });
    const response = mintResponse({
      answers: [{ issuer, serial: '0badcafe', nextUpdate: NOW + HOUR }],
      signer,
      certificates: [signer],
    });
    expect(ask({ ocspPolicy: 'require' }, evidenceOf(response))).toMatchObject({
      validFrom: NOW - 1_000,
      validUntil: NOW + 2_000,
    });
  });

  test('is short where the answer has no end', () => {
    const response = mintResponse({
      answers: [{ issuer, serial: '0badcafe', thisUpdate: NOW, nextUpdate: 'none' }],
      signer: issuer,
    });
    const options = { ocspPolicy: 'require', ocspMaxAgeMs: 30_000 } as const;
    expect(ask(options, evidenceOf(response))).toMatchObject({ validUntil: NOW + 29_999 });
  });
});

test('a crowd of responses costs no more than any certificate may', () => {
  const rogue = Array.from({ length: 100 }, (_, index) =>
    mintResponse({
      answers: [{ issuer, serial: '0badcafe', thisUpdate: NOW - index * 1_000 }],
      signer: issuer,
      key: mint({ subject: 'CN=rogue' }).key,
    }),
  );
  expect(ask({ ocspPolicy: 'require' }, evidenceOf(...rogue, good))).toMatchObject({ reason: 'tooComplex' });
});

test('a response in which one byte was changed never says more than the original', () => {
  for (let position = 0; position < good.length; position += 1) {
    const changed = Buffer.from(good);
    changed[position] = (changed[position] ?? 0) ^ (1 << (position % 8));
    const verdict = ask({ ocspPolicy: 'require' }, evidenceOf(changed));
    expect(verdict, `byte ${position}`).toMatchObject({ valid: false, reason: 'revocationUnknown' });
  }
});
