import { composeCertificates } from '../../src/composeCertificates.ts';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { NOW } from '../support/fakeDirectory.ts';
import type { NodeRow } from '../support/nodeHarness.ts';

const now = (): number => NOW;
const ca = createCertificateAuthority({ commonName: 'Device CA', now });
const derOf = (pem: string): Buffer => Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
const der = derOf(ca.issue({ commonName: 'alice', usage: 'client' }).certificatePem);
const rogue = derOf(
  createCertificateAuthority({ commonName: 'Device CA', now }).issue({ commonName: 'alice', usage: 'client' })
    .certificatePem,
);
const inState = (bytes: Buffer) => ({ X509Certificate: [bytes.toString('base64')] });

/** A gate that trusts one authority, and a proxy that may forward. */
const ports = {
  certificates: composeCertificates(
    {
      certificates: {
        profile: 'generic',
        encoding: 'base64-der',
        trust: { anchors: [ca.certificatePem], intermediates: [] },
        revocation: {},
      },
      from: ['proxy'],
      peers: undefined,
    },
    { now, revocationOf: undefined },
  ),
};
const collector = {
  type: 'product-CertificateCollectorNode',
  config: { clientCertificateHttpHeaderName: 'x-cert, x-other-cert', trustedRemoteHosts: ['10.0.0.1'] },
  ports,
};
const connected = { clientCertificate: { der, isAuthorized: true } };

/** Nodes of certificates, each alone. */
export const CERTIFICATE_ROWS: readonly NodeRow[] = [
  ['collects no certificate', collector, { outcome: 'NOT_COLLECTED' }],
  [
    'collects that of the connection, and binds it',
    { ...collector, request: connected },
    { outcome: 'COLLECTED', transient: inState(der), effects: { boundCertificate: true, boundHeaders: [] } },
  ],
  [
    'collects one from a header, and binds that',
    {
      ...collector,
      request: { headers: [['X-Other-Cert', der.toString('base64')]], peerAddress: '::ffff:10.0.0.1' },
    },
    { outcome: 'COLLECTED', transient: inState(der), effects: { boundHeaders: ['x-other-cert'] } },
  ],
  [
    'collects none from a host that is not trusted',
    { ...collector, request: { headers: [['x-cert', der.toString('base64')]], peerAddress: '10.0.0.2' } },
    { outcome: 'NOT_COLLECTED' },
  ],
  [
    'finds a certificate good',
    { type: 'product-CertificateValidationNode', ports, secure: inState(der) },
    { outcome: 'TRUE' },
  ],
  [
    'finds one of a stranger not good, with every check off',
    { type: 'product-CertificateValidationNode', ports, transient: inState(rogue) },
    { outcome: 'PATH_VALIDATION_FAILED' },
  ],
  [
    'takes the name of a good certificate',
    { type: 'product-CertificateUserExtractorNode', ports, transient: inState(der) },
    { outcome: 'EXTRACTED', shared: { username: 'alice' } },
  ],
  [
    'takes no name of another',
    { type: 'product-CertificateUserExtractorNode', ports, transient: inState(rogue) },
    { outcome: 'NOT_EXTRACTED', shared: {} },
  ],
];
