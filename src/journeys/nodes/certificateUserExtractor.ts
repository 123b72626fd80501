import { z } from 'zod';
import type { Certificate } from '../../tls/certificate.ts';
import { normaliseAttributeType } from '../../tls/distinguishedName.ts';
import { goTo } from '../nodeResult.ts';
import { defineNodeType } from '../nodeType.ts';
import { CERTIFICATE_KEY, certificateIn } from './certificateState.ts';
import { setting } from './settings.ts';

const MAPPINGS = ['SUBJECT_CN', 'SUBJECT_DN', 'SUBJECT_UID', 'EMAIL_ADDRESS', 'OTHER', 'NONE'] as const;
const EXTENSIONS = ['NONE', 'RFC822_NAME', 'UPN'] as const;

const configuration = z.object({
  certificateAttributeToProfileMapping: setting<(typeof MAPPINGS)[number]>(z.enum(MAPPINGS), 'SUBJECT_CN'),
  otherCertificateAttributeToProfileMapping: setting(z.string(), ''),
  certificateAttributeProfileMappingExtension: setting<(typeof EXTENSIONS)[number]>(
    z.enum(EXTENSIONS),
    'NONE',
  ),
});

type Config = z.output<typeof configuration>;

/** OIDs of attributes by the names people write; whatever else is named is an OID itself. */
const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ['cn', 'cn'],
  ['sn', '2.5.4.4'],
  ['serialnumber', '2.5.4.5'],
  ['c', '2.5.4.6'],
  ['l', '2.5.4.7'],
  ['st', '2.5.4.8'],
  ['o', '2.5.4.10'],
  ['ou', '2.5.4.11'],
  ['title', '2.5.4.12'],
  ['givenname', '2.5.4.42'],
  ['uid', '0.9.2342.19200300.100.1.1'],
  ['mail', '0.9.2342.19200300.100.1.3'],
  ['dc', '0.9.2342.19200300.100.1.25'],
  ['emailaddress', '1.2.840.113549.1.9.1'],
]);

/**
 * Takes the user name from the certificate that was collected. The certificate has to be good by itself: what a certificate says that
 * nobody vouches for is anybody's word.
 */
export const certificateUserExtractor = defineNodeType({
  type: 'product-CertificateUserExtractorNode',
  displayName: 'Certificate User Extractor',
  configuration,
  outcomes: () => [
    { id: 'EXTRACTED', displayName: 'Extracted' },
    { id: 'NOT_EXTRACTED', displayName: 'Not Extracted' },
  ],
  asks: () => 'never',
  inputs: () => [CERTIFICATE_KEY],
  check: ({
    certificateAttributeToProfileMapping: mapping,
    otherCertificateAttributeToProfileMapping: other,
  }) =>
    mapping === 'OTHER' && other === ''
      ? [
          {
            code: 'badConfiguration',
            at: ['otherCertificateAttributeToProfileMapping'],
            message: 'names no attribute',
          },
        ]
      : [],
  async run({ config, ports, signal, state }) {
    const certificate = certificateIn(state);
    const verdict = await ports.certificates.judge(certificate, signal);
    const username = verdict.is === 'accepted' ? nameIn(certificate, config) : undefined;
    if (username === undefined) return goTo('NOT_EXTRACTED');
    state.putShared('username', username);
    const person = await ports.identities.find(username, signal);
    // A name nobody has may be that of a device.
    return goTo('EXTRACTED', person === undefined ? {} : { method: 'Certificate', identified: person });
  },
});

/** The extension is asked first. A name that stands there twice is nobody's. */
function nameIn(certificate: Certificate, config: Config): string | undefined {
  const kind = { NONE: undefined, RFC822_NAME: 'email', UPN: 'upn' } as const;
  const wanted = kind[config.certificateAttributeProfileMappingExtension];
  const inExtension = certificate.generalNames
    .filter(({ type }) => type === wanted)
    .map(({ value }) => value);
  return inExtension.length > 0 ? single(inExtension) : nameInSubject(certificate, config);
}

function nameInSubject({ subject, x509 }: Certificate, config: Config): string | undefined {
  const valuesOf = (attribute: string): readonly string[] => {
    const wanted = ATTRIBUTES.get(attribute.toLowerCase()) ?? normaliseAttributeType(attribute);
    return subject.filter(({ type }) => type === wanted).map(({ value }) => value);
  };
  switch (config.certificateAttributeToProfileMapping) {
    case 'SUBJECT_CN':
      return single(valuesOf('cn'));
    case 'SUBJECT_DN':
      // Node escapes the values; RFC 4514 has the last name first.
      return single([x509.subject.split('\n').toReversed().join(',')]);
    case 'SUBJECT_UID':
      return single(valuesOf('uid'));
    case 'EMAIL_ADDRESS': {
      const addresses = valuesOf('emailAddress');
      return single(addresses.length > 0 ? addresses : valuesOf('mail'));
    }
    case 'OTHER':
      return single(valuesOf(config.otherCertificateAttributeToProfileMapping));
    case 'NONE':
      return undefined;
  }
}

function single(values: readonly string[]): string | undefined {
  const [value, ...others] = values;
  return value === undefined || value === '' || others.length > 0 ? undefined : value;
}
