import type { DeviceIdSource, ImmediateSource } from '../../src/node/deviceIdSource.ts';
import {
  createCertificateSource,
  type CertificateSourceOptions,
} from '../../src/node/sources/certificateSource.ts';
import { nginx } from '../../src/tls/forwarded/nginx.ts';
import { CALLER } from './testNode.ts';

/** A source for nginx's header that trusts the caller and nobody's certificates; tests change what they are about. */
export function patientCertificateSource(changes: Partial<CertificateSourceOptions>): DeviceIdSource {
  return createCertificateSource({
    from: [CALLER],
    peers: undefined,
    format: nginx,
    header: 'x-ssl-client-cert',
    verify: [],
    trust: { anchors: [], intermediates: [] },
    rules: ['sanUri', 'subjectCn'],
    tenantId: undefined,
    idKind: 'unknown',
    ...changes,
  });
}

/** The same for tests in which nothing is waited for. */
export function testCertificateSource(changes: Partial<CertificateSourceOptions>): ImmediateSource {
  const source = patientCertificateSource(changes);
  return {
    ...source,
    find(context, now) {
      const found = source.find(context, now);
      if (found instanceof Promise) throw new Error('a source waits without a deadline');
      return found;
    },
  };
}
