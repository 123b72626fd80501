import { describe, expect, test } from 'vitest';
import { readCertificate } from '../../src/tls/certificate.ts';
import { createPathValidator, type PathVerdict } from '../../src/tls/certificatePath.ts';
import { PATH_CASES, type PathCase } from './pathCases.ts';

function judge(one: PathCase): PathVerdict {
  const certificate = readCertificate(one.leaf.der);
  if (certificate === undefined) return { valid: false, reason: 'malformed', detail: 'cannot be read' };
  const validator = createPathValidator({
    anchors: one.anchors.map(({ pem }) => pem),
    intermediates: one.intermediates.map(({ pem }) => pem),
    crls: one.crls,
    ...(one.crlPolicy === undefined ? {} : { crlPolicy: one.crlPolicy }),
    ...(one.maxDepth === undefined ? {} : { maxDepth: one.maxDepth }),
  });
  const { at, purpose, hostname } = one;
  return validator.validate(certificate, { at, purpose, ...(hostname === undefined ? {} : { hostname }) });
}

describe.each(Object.entries(PATH_CASES))('%s', (_, cases) => {
  test.each(cases.map((one) => [one.name, one.expected, one] as const))('%s: %s', (_name, expected, one) => {
    const verdict = judge(one);
    expect(verdict).toMatchObject(
      expected === 'valid' ? { valid: true } : { valid: false, reason: expected },
    );
  });
});
