import { CERTIFIED_DEVICE } from '../secondGate.ts';
import type { ConformanceCase, Expectation, Requirement } from '../requirement.ts';
import { ask, COMPLIANT, compliantCertificate, compliantId, listed, refused, requirement } from './build.ts';

const CONTRACT = 'intune-gate contract';
const RFC_5280 = 'RFC 5280';
const HEADER = 'x-ssl-client-cert';
const MALFORMED = refused('certificateMalformed');

function certificateBody(pem: string, more: object = {}): object {
  return { request: { headers: { [HEADER]: [encodeURIComponent(pem)] } }, ...more };
}

/** One request to a node of the second gate, by default the one that trusts the kit's own CA. */
function withCertificate(name: string, expect: Expectation, node = 'certificate'): ConformanceCase {
  return {
    gate: 'second',
    steps: [{ body: ({ certificate }) => certificateBody(certificate(name), { node }), expect }],
  };
}

const identified: Expectation = {
  ...COMPLIANT,
  fields: () => ({ deviceId: CERTIFIED_DEVICE, deviceIdSource: 'certificate' }),
};

/** Ways of damaging the header value. */
const DAMAGE: readonly ((pem: string) => string)[] = [
  () => 'anything',
  () => '%',
  () => '%ZZ',
  (pem) => encodeURIComponent(pem.replace('\nM', '\n_')),
  (pem) => encodeURIComponent(pem).slice(0, -60),
  (pem) => encodeURIComponent(pem + pem),
  (pem) => encodeURIComponent(`x${pem}`),
  (pem) => encodeURIComponent(`${pem}x`),
  (pem) => encodeURIComponent(pem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE')),
  (pem) => encodeURIComponent(pem.replace(/\n[A-Za-z0-9+/]{4}/, '\n')),
  (pem) => encodeURIComponent(pem.replace(/\n([A-Za-z0-9+/]{10})/, '\n!$1')),
  (pem) => encodeURIComponent(encodeURIComponent(pem)),
  (pem) => Buffer.from(pem).toString('base64'),
];

/** The ways proxies write one and the same certificate: what stands between the lines, and how much is escaped. */
const SPELLINGS: readonly ((pem: string) => string)[] = [
  (pem) => encodeURIComponent(pem.trim()),
  (pem) => encodeURIComponent(pem.replaceAll('\n', '\r\n')),
  (pem) => encodeURIComponent(pem.replaceAll('\n', ' ')),
  (pem) => encodeURIComponent(pem.replaceAll('\n', '\t')),
  (pem) => encodeURIComponent(pem.replaceAll('\n', '')),
  (pem) => encodeURIComponent(pem).replace(/%[0-9A-F]{2}/g, (triplet) => triplet.toLowerCase()),
  // A plus sign that is not escaped stays one: this is not a form.
  (pem) => encodeURIComponent(pem).replaceAll('%2B', '+').replaceAll('%2F', '/').replaceAll('%3D', '='),
];

/** A certificate that a proxy forwards. */
export const CERTIFICATE_REQUIREMENTS: readonly Requirement[] = [
  requirement(
    'CERT-01',
    CONTRACT,
    'A forwarded certificate of a listed device, as percent-encoded PEM, names that device.',
    ask((facts) => certificateBody(compliantCertificate(facts)), {
      ...COMPLIANT,
      fields: (facts) => ({
        deviceId: compliantId(facts),
        deviceIdSource: 'certificate',
        deviceIdKind: 'intune',
      }),
    }),
  ),
  requirement(
    'CERT-02',
    CONTRACT,
    'A certificate and a header that agree give one device; the certificate is named as the source.',
    ask(
      (facts) => ({
        request: {
          headers: {
            [HEADER]: [encodeURIComponent(compliantCertificate(facts))],
            'x-intune': [compliantId(facts)],
          },
        },
        sharedState: { 'x-intune': compliantId(facts) },
      }),
      { ...COMPLIANT, fields: () => ({ deviceIdSource: 'certificate' }) },
    ),
  ),
  requirement(
    'CERT-03',
    CONTRACT,
    'A certificate and a header of different devices conflict.',
    ask(
      (facts) => ({
        request: {
          headers: {
            [HEADER]: [encodeURIComponent(compliantCertificate(facts))],
            'x-intune': [listed(facts.target, 'noncompliant', 'NotCompliant').id],
          },
        },
      }),
      refused('deviceIdConflict'),
    ),
  ),
  requirement(
    'CERT-04',
    CONTRACT,
    'A value that is not exactly one whole certificate gives Error, reason certificateMalformed.',
    {
      steps: DAMAGE.map((damage) => ({
        body: (facts) => ({ request: { headers: { [HEADER]: damage(compliantCertificate(facts)) } } }),
        expect: MALFORMED,
      })),
    },
  ),
  requirement(
    'CERT-05',
    CONTRACT,
    'A damaged certificate is not outvoted by a good header.',
    ask(
      (facts) => ({ request: { headers: { [HEADER]: 'damaged', 'x-intune': [compliantId(facts)] } } }),
      MALFORMED,
    ),
  ),
  requirement(
    'CERT-06',
    CONTRACT,
    'A certificate header that is present twice or in another spelling is a sign of spoofing.',
    {
      steps: [
        {
          body: (facts) => {
            const pem = encodeURIComponent(compliantCertificate(facts));
            return { request: { headers: { [HEADER]: [pem, pem] } } };
          },
          expect: refused('headerSpoofed'),
        },
        {
          body: (facts) => ({
            request: { headers: { x_ssl_client_cert: encodeURIComponent(compliantCertificate(facts)) } },
          }),
          expect: refused('headerSpoofed'),
        },
      ],
    },
  ),
  requirement('CERT-07', CONTRACT, 'An empty certificate header is nothing presented.', {
    steps: ['', []].map((value) => ({
      body: () => ({ request: { headers: { [HEADER]: value } } }),
      expect: { outcome: 'NoId', reason: 'noDeviceId' },
    })),
  }),
  requirement(
    'CERT-08',
    CONTRACT,
    'The certificate is read whatever stands between its lines, in either case of the escapes, and a plus sign stays one.',
    {
      steps: SPELLINGS.map((spell) => ({
        body: (facts) => ({ request: { headers: { [HEADER]: [spell(compliantCertificate(facts))] } } }),
        expect: { ...COMPLIANT, fields: (facts) => ({ deviceId: compliantId(facts) }) },
      })),
    },
  ),
  requirement(
    'CERT-10',
    RFC_5280,
    'A certificate with an EC key and the id as CN is accepted.',
    withCertificate('good', identified),
  ),
  requirement(
    'CERT-11',
    RFC_5280,
    'A certificate with an RSA key is accepted.',
    withCertificate('rsa', identified),
  ),
  requirement(
    'CERT-12',
    CONTRACT,
    'The id may stand in a SAN URI while the CN is a name.',
    withCertificate('uri', identified),
  ),
  requirement(
    'CERT-13',
    RFC_5280,
    'A certificate from a CA that only has the name of the configured one gives Error, reason certificateUntrusted.',
    withCertificate('stranger', refused('certificateUntrusted')),
  ),
  requirement(
    'CERT-14',
    RFC_5280,
    'An expired certificate gives Error, reason certificateExpired.',
    withCertificate('expired', refused('certificateExpired')),
  ),
  requirement(
    'CERT-15',
    RFC_5280,
    'A certificate that is not valid yet gives Error, reason certificateNotYetValid.',
    withCertificate('future', refused('certificateNotYetValid')),
  ),
  requirement(
    'CERT-16',
    RFC_5280,
    'A certificate for servers gives Error, reason certificateNotForClients.',
    withCertificate('server', refused('certificateNotForClients')),
  ),
  requirement(
    'CERT-17',
    RFC_5280,
    'The certificate of a CA is not that of a device.',
    withCertificate('authority', refused(['certificateUntrusted', 'certificateNotForClients'])),
  ),
  requirement(
    'CERT-18',
    CONTRACT,
    'A valid certificate that names no device gives Error, reason certificateWithoutDeviceId, and never NoId.',
    withCertificate('nameless', refused('certificateWithoutDeviceId')),
  ),
  requirement(
    'CERT-19',
    CONTRACT,
    'A certificate whose CN and SAN URI name different devices gives Error, reason deviceIdConflict.',
    withCertificate('contradictory', refused('deviceIdConflict')),
  ),
  requirement(
    'CERT-20',
    CONTRACT,
    'A certificate with SAN URIs of two devices gives Error, reason deviceIdConflict.',
    withCertificate('twoUris', refused('deviceIdConflict')),
  ),
  requirement(
    'CERT-21',
    CONTRACT,
    'A SAN URI of the right scheme without a GUID is malformed, whatever the CN is.',
    withCertificate('wrongUri', refused('deviceIdMalformed')),
  ),
  requirement(
    'CERT-22',
    CONTRACT,
    'A certificate of the wrong authority is refused by a node that trusts another one.',
    {
      gate: 'second',
      steps: [
        {
          body: (facts) => certificateBody(compliantCertificate(facts), { node: 'certificate' }),
          expect: refused('certificateUntrusted'),
        },
      ],
    },
  ),
  requirement(
    'CERT-23',
    RFC_5280,
    'A certificate whose public key cannot be decoded is refused like any other bad certificate, and is no failure of the gate.',
    {
      steps: [
        {
          body: (facts) => certificateBody(withUnreadableKey(compliantCertificate(facts))),
          expect: refused(['certificateMalformed', 'certificateUntrusted']),
        },
      ],
    },
  ),
  requirement(
    'CERT-24',
    RFC_5280,
    'A certificate on the revocation list of its CA gives Error, reason certificateRevoked.',
    withCertificate('revoked', refused('certificateRevoked'), 'revoking'),
  ),
  requirement(
    'CERT-25',
    RFC_5280,
    'A certificate that is not on the current revocation list of its CA is accepted.',
    withCertificate('notRevoked', identified, 'revoking'),
  ),
  requirement(
    'CERT-26',
    CONTRACT,
    'A certificate of a CA whose revocation list is missing gives Error, reason revocationUnknown.',
    withCertificate('unlisted', refused('revocationUnknown'), 'revoking'),
  ),
  requirement(
    'CERT-27',
    CONTRACT,
    'A node may accept a certificate about whose revocation nothing is known, but never one that was revoked.',
    {
      gate: 'second',
      steps: [
        {
          body: ({ certificate }) => certificateBody(certificate('unlisted'), { node: 'lenient' }),
          expect: identified,
        },
        {
          body: ({ certificate }) => certificateBody(certificate('revoked'), { node: 'lenient' }),
          expect: refused('certificateRevoked'),
        },
      ],
    },
  ),
];

/** The object identifiers of RSA and EC public keys, in DER. */
const KEY_TYPES = ['2a864886f70d010101', '2a8648ce3d0201'].map((hex) => Buffer.from(hex, 'hex'));

/** The same certificate, except that nobody knows the kind of its public key. */
function withUnreadableKey(pem: string): string {
  const der = Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  for (const oid of KEY_TYPES) {
    const position = der.indexOf(oid);
    if (position > 0) der[position] = 0;
  }
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
}
