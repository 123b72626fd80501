import { mint, NAME, type Minted } from '../support/certificateBuilder.ts';
import { octets } from '../support/derBuilder.ts';
import { PATH_CASES } from '../tls/pathCases.ts';

export const INTUNE_ID = 'f61dc341-c9c9-40c1-abbd-6997016f4c9e';
export const ENTRA_ID = '0b6f5a5e-0d2c-4b0e-8a4b-6c7d8e9f0a1b';
export const TENANT_ID = '00112233-4455-6677-8899-aabbccddeeff';

/** The sixteen bytes as Microsoft orders them. */
export function guidBytes(id: string): Buffer {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  return Buffer.concat([
    bytes.subarray(0, 4).toReversed(),
    bytes.subarray(4, 6).toReversed(),
    bytes.subarray(6, 8).toReversed(),
    bytes.subarray(8),
  ]);
}

export const root = mint({ subject: 'CN=Fuzz Root', ca: true });
export const middle = mint({ subject: 'CN=Fuzz CA', ca: true, issuer: root });

/** Certificates with device ids in every place where one may stand. */
export const deviceCertificates: readonly Minted[] = [
  mint({ subject: `CN=${INTUNE_ID}`, issuer: middle }),
  mint({
    subject: ['O=Contoso', 'CN=device'],
    issuer: middle,
    names: [NAME.uri(`IntuneDeviceId://${INTUNE_ID}`)],
  }),
  mint({
    subject: `CN=${ENTRA_ID}`,
    issuer: middle,
    names: [
      NAME.uri(`ID:Microsoft Endpoint Manager:GUID:${INTUNE_ID},tag:microsoft.com,2022-09-14:sid:S-1-5-21-1`),
      NAME.upn('a@example.com'),
      NAME.dns('device.example.com'),
    ],
  }),
  mint({
    subject: `CN=${INTUNE_ID}`,
    issuer: middle,
    extensions: [
      { oid: '1.2.840.113556.5.4', value: guidBytes(INTUNE_ID) },
      { oid: '1.2.840.113556.5.14', value: octets(guidBytes(TENANT_ID)) },
    ],
  }),
  mint({
    subject: `CN=${ENTRA_ID}`,
    issuer: middle,
    extensions: [
      {
        oid: '1.2.840.113556.1.5.284.2',
        value: Buffer.concat([Buffer.of(4, 0x81, 16), guidBytes(ENTRA_ID)]),
      },
      {
        oid: '1.2.840.113556.1.5.284.5',
        value: Buffer.concat([Buffer.of(4, 0x81, 16), guidBytes(TENANT_ID)]),
      },
    ],
  }),
];

/** Every certificate that the tests of paths are about, the odd ones first of all. */
export const certificates: readonly Buffer[] = [
  ...new Map(
    [
      ...deviceCertificates,
      ...Object.values(PATH_CASES).flatMap((cases) =>
        cases.flatMap(({ leaf, intermediates }) => [leaf, ...intermediates]),
      ),
    ].map(({ der }) => [der.toString('base64'), der]),
  ).values(),
];
