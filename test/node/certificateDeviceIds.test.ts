import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  findDeviceIds,
  findTenantId,
  type CertificateDeviceIds,
  type DeviceIdOptions,
  type DeviceIdRule,
} from '../../src/node/certificateDeviceIds.ts';
import { parseGuidBytes } from '../../src/node/guidBytes.ts';
import { readSanUri } from '../../src/node/sanUriDeviceId.ts';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { readCertificate, type Certificate } from '../../src/tls/certificate.ts';

const INTUNE = 'f61dc341-c9c9-40c1-abbd-6997016f4c9e';
const ENTRA = '0b6f5a5e-0d2c-4b0e-8a4b-6c7d8e9f0a1b';
const OTHER = '11111111-2222-4333-8444-555555555555';
const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const now = (): number => Date.parse('2026-11-21T00:00:00Z');
const ca = createCertificateAuthority({ commonName: 'Device CA', now });

const base = read(ca.issue({ commonName: 'placeholder', usage: 'client' }).certificatePem);

function read(pem: string): Certificate {
  const parsed = readCertificate(new X509Certificate(pem).raw);
  if (parsed === undefined) throw new Error('unreadable');
  return parsed;
}

interface Facts {
  readonly cn?: readonly string[];
  readonly issuerCn?: string;
  readonly uris?: readonly string[];
  readonly extensions?: Readonly<Record<string, Buffer>>;
}

/** One certificate with a few facts changed; the path is not looked at here. */
function certificate({
  cn = ['LAPTOP-1'],
  issuerCn = 'Device CA',
  uris = [],
  extensions = {},
}: Facts): Certificate {
  return {
    ...base,
    subject: cn.map((value) => ({ type: 'cn', value })),
    issuer: [{ type: 'cn', value: issuerCn }],
    generalNames: uris.map((value) => ({ type: 'uri', value })),
    extensions: new Map(Object.entries(extensions).map(([oid, value]) => [oid, { critical: false, value }])),
  };
}

/** A GUID as Microsoft stores it. */
function mixedEndian(guid: string): Buffer {
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex');
  return Buffer.concat([
    bytes.subarray(0, 4).toReversed(),
    bytes.subarray(4, 6).toReversed(),
    bytes.subarray(6, 8).toReversed(),
    bytes.subarray(8),
  ]);
}

const octets = (guid: string): Buffer => Buffer.concat([Buffer.from([0x04, 0x10]), mixedEndian(guid)]);
const longOctets = (guid: string): Buffer =>
  Buffer.concat([Buffer.from([0x04, 0x81, 0x10]), mixedEndian(guid)]);

const MDM = { device: '1.2.840.113556.5.4', tenant: '1.2.840.113556.5.14' };
const JOIN = { device: '1.2.840.113556.1.5.284.2', tenant: '1.2.840.113556.1.5.284.5' };
const ALL: readonly DeviceIdRule[] = ['sanUri', 'intuneMdm', 'entraJoin', 'subjectCn'];

const mdm = (facts: Facts = {}): Certificate =>
  certificate({
    cn: [INTUNE],
    issuerCn: 'Microsoft Intune MDM Device CA',
    extensions: { [MDM.device]: mixedEndian(INTUNE), [MDM.tenant]: octets(TENANT) },
    ...facts,
  });
const join = (facts: Facts = {}): Certificate =>
  certificate({
    cn: [ENTRA],
    issuerCn: 'MS-Organization-Access',
    extensions: { [JOIN.device]: longOctets(ENTRA), [JOIN.tenant]: longOctets(TENANT) },
    ...facts,
  });

function find(
  facts: Facts | Certificate,
  rules = ALL,
  options: DeviceIdOptions = { tenantId: TENANT },
): CertificateDeviceIds {
  return findDeviceIds('x509' in facts ? facts : certificate(facts), rules, options);
}

const intune = (id: string, rule: DeviceIdRule): object => ({ kind: 'intune', id, rule });

describe('sanUri', () => {
  test.each([
    `IntuneDeviceId://${INTUNE}`,
    `IntuneDeviceID://${INTUNE.toUpperCase()}`,
    `intunedeviceid://{${INTUNE}}`,
    `IntuneDeviceId://${INTUNE}/`,
    `IntuneDeviceId://{${INTUNE}}/`,
    `ID:Microsoft Endpoint Manager:GUID:${INTUNE}`,
    `id:Microsoft Endpoint Manager:GUID:${INTUNE}`,
    `ID:Intune:GUID:${INTUNE}`,
    `ID:Intune:GUID:${INTUNE},tag:microsoft.com,2022-09-14:sid:S-1-5-21-1004336348-1177238915-682003330-512`,
    `tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-4,ID:Microsoft Endpoint Manager:GUID:${INTUNE}`,
    `IntuneDeviceId://${INTUNE},ID:Intune:GUID:${INTUNE}`,
  ])('reads %s', (uri) => {
    expect(find({ uris: [uri] })).toEqual({ ok: true, ids: [intune(INTUNE, 'sanUri')] });
  });

  test.each([
    'IntuneDeviceId://',
    'IntuneDeviceId://LAPTOP-1',
    'IntuneDeviceId://00000000-0000-0000-0000-000000000000',
    `IntuneDeviceId://{${INTUNE}`,
    `IntuneDeviceId://${INTUNE}}`,
    `IntuneDeviceId://${INTUNE}//`,
    `IntuneDeviceId://${INTUNE}?x`,
    `IntuneDeviceId://${INTUNE} `,
    `IntuneDeviceId://x/${INTUNE}`,
    `IntuneDeviceId://${INTUNE}tag:microsoft.com,2022-09-14:sid:S-1-5-21`,
    `ID:Intune:GUID:${INTUNE}/`,
    `ID:Intune:GUID:ID:Intune:GUID:${INTUNE}`,
    `ID:Intune:GUID:${INTUNE},`,
    `ID:Intune:GUID:${INTUNE},https://example.com/`,
    `https://example.com/?q=,IntuneDeviceId://${INTUNE}`,
    `ID:Intune:GUID:${INTUNE},tag:microsoft.com,2022-09-14:sid:S-1-5-21x`,
    `IntuneDeviceId://${'a'.repeat(3_000)}`,
    ` IntuneDeviceId://${INTUNE}`,
    `IntuneDeviceId:${INTUNE}`,
    `ID:Intune:${INTUNE}`,
  ])('refuses %s', (uri) => {
    expect(find({ uris: [uri] })).toMatchObject({ ok: false, reason: 'deviceIdMalformed' });
  });

  test.each([
    'tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-4',
    'spiffe://example.com/device',
    `https://example.com/IntuneDeviceId://${INTUNE}`,
    `xIntuneDeviceId://${INTUNE}`,
    `ID:Other:GUID:${INTUNE}`,
    INTUNE,
    '',
  ])('does not read %s', (uri) => {
    expect(readSanUri(uri)).toEqual({ is: 'none' });
    expect(find({ uris: [uri] })).toEqual({ ok: true, ids: [] });
  });

  test('only names of type URI count', () => {
    const names = {
      ...certificate({}),
      generalNames: [{ type: 'dns', value: `IntuneDeviceId://${INTUNE}` } as const],
    };
    expect(find(names)).toEqual({ ok: true, ids: [] });
  });

  test('several that agree are one, several that do not are a conflict', () => {
    const same = [`IntuneDeviceId://${INTUNE}`, `ID:Intune:GUID:${INTUNE}`];
    expect(find({ uris: same })).toEqual({ ok: true, ids: [intune(INTUNE, 'sanUri')] });
    expect(find({ uris: [`IntuneDeviceId://${INTUNE}`, `IntuneDeviceId://${OTHER}`] })).toMatchObject({
      reason: 'deviceIdConflict',
    });
    expect(find({ uris: [`ID:Intune:GUID:${INTUNE},ID:Intune:GUID:${OTHER}`] })).toMatchObject({
      reason: 'deviceIdConflict',
    });
  });

  test('is not asked where it is not a rule', () => {
    expect(find({ uris: [`IntuneDeviceId://${INTUNE}`] }, ['subjectCn'])).toEqual({ ok: true, ids: [] });
  });
});

describe('subjectCn', () => {
  test('is of the kind that is configured, else of none', () => {
    expect(find({ cn: [ENTRA] })).toEqual({
      ok: true,
      ids: [{ kind: 'unknown', id: ENTRA, rule: 'subjectCn' }],
    });
    expect(find({ cn: [ENTRA.toUpperCase()] }, ALL, { commonNameKind: 'entra' })).toEqual({
      ok: true,
      ids: [{ kind: 'entra', id: ENTRA, rule: 'subjectCn' }],
    });
  });

  test('a host or a person is no id, and no mistake', () => {
    expect(find({ cn: ['LAPTOP-1'] })).toEqual({ ok: true, ids: [] });
    expect(find({ cn: [] })).toEqual({ ok: true, ids: [] });
    expect(find({ cn: [`${ENTRA} x`] })).toEqual({ ok: true, ids: [] });
  });

  test('two of them are refused, even if they agree', () => {
    expect(find({ cn: [ENTRA, ENTRA] })).toMatchObject({ ok: false, reason: 'deviceIdMalformed' });
  });

  test('an Intune id in the SAN and another GUID as CN are the normal pair', () => {
    const uris = [`IntuneDeviceId://${INTUNE}`];
    const cn = { kind: 'unknown', id: ENTRA, rule: 'subjectCn' };
    expect(find({ cn: [ENTRA], uris })).toEqual({ ok: true, ids: [intune(INTUNE, 'sanUri'), cn] });
    expect(find({ cn: [ENTRA], uris }, ['subjectCn', 'sanUri'])).toEqual({
      ok: true,
      ids: [cn, intune(INTUNE, 'sanUri')],
    });
    expect(find({ cn: [OTHER], uris }, ALL, { commonNameKind: 'intune' })).toMatchObject({
      reason: 'deviceIdConflict',
    });
    expect(find({ cn: [INTUNE], uris }, ALL, { commonNameKind: 'entra' })).toMatchObject({
      reason: 'deviceIdConflict',
    });
  });

  test('takes the kind that another rule knows', () => {
    const facts = { cn: [INTUNE], uris: [`IntuneDeviceId://${INTUNE}`] };
    expect(find(facts, ['subjectCn', 'sanUri'])).toEqual({ ok: true, ids: [intune(INTUNE, 'sanUri')] });
    expect(find(facts)).toEqual({ ok: true, ids: [intune(INTUNE, 'sanUri')] });
  });
});

describe('intuneMdm', () => {
  test('reads the id, in each of the three ways to write it', () => {
    for (const write of [mixedEndian, octets, longOctets]) {
      const extensions = { [MDM.device]: write(INTUNE), [MDM.tenant]: write(TENANT) };
      expect(find(mdm({ extensions }))).toEqual({ ok: true, ids: [intune(INTUNE, 'intuneMdm')] });
    }
  });

  test.each<[string, Certificate, DeviceIdOptions]>([
    ['another tenant', mdm(), { tenantId: OTHER }],
    ['no tenant configured', mdm(), {}],
    ['a tenant that is none', mdm(), { tenantId: 'x' }],
    ['no tenant in it', mdm({ extensions: { [MDM.device]: mixedEndian(INTUNE) } }), { tenantId: TENANT }],
    ['no extension at all, but the issuer', mdm({ extensions: {} }), { tenantId: TENANT }],
    ['the older issuer', mdm({ extensions: {}, issuerCn: 'SC_Online_Issuing' }), { tenantId: TENANT }],
    [
      'a tenant that cannot be read',
      mdm({ extensions: { [MDM.device]: mixedEndian(INTUNE), [MDM.tenant]: Buffer.alloc(0) } }),
      { tenantId: TENANT },
    ],
    [
      'a tenant of the other kind only',
      mdm({ extensions: { [MDM.device]: mixedEndian(INTUNE), [JOIN.tenant]: octets(TENANT) } }),
      { tenantId: TENANT },
    ],
    [
      'two tenants',
      mdm({
        extensions: {
          [MDM.device]: mixedEndian(INTUNE),
          [MDM.tenant]: octets(TENANT),
          [JOIN.device]: octets(INTUNE),
          [JOIN.tenant]: octets(OTHER),
        },
      }),
      { tenantId: TENANT },
    ],
  ])('refuses %s, whichever rules are asked', (_, given, options) => {
    for (const rules of [ALL, ['subjectCn'], ['sanUri']] as const) {
      expect(find(given, rules, options)).toMatchObject({ ok: false, reason: 'certificateUntrusted' });
    }
  });

  test.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['an empty OCTET STRING', Buffer.from([4, 0])],
    ['15 bytes', mixedEndian(INTUNE).subarray(1)],
    ['17 bytes', Buffer.concat([mixedEndian(INTUNE), Buffer.alloc(1)])],
    ['an INTEGER', Buffer.concat([Buffer.from([2, 16]), mixedEndian(INTUNE)])],
    ['a wrong length', Buffer.concat([Buffer.from([4, 15]), mixedEndian(INTUNE)])],
    ['a wrong long length', Buffer.concat([Buffer.from([4, 0x82, 16]), mixedEndian(INTUNE)])],
    ['zeros', Buffer.alloc(16)],
  ])('refuses an id that is %s', (_, value) => {
    expect(parseGuidBytes(value)).toBeUndefined();
    const extensions = { [MDM.device]: value, [MDM.tenant]: octets(TENANT) };
    expect(find(mdm({ extensions }))).toMatchObject({ ok: false, reason: 'deviceIdMalformed' });
  });

  test('refuses a CN that says otherwise', () => {
    for (const cn of [[OTHER], ['LAPTOP-1'], [INTUNE, INTUNE]]) {
      expect(find(mdm({ cn }), ['intuneMdm'])).toMatchObject({ ok: false, reason: 'deviceIdConflict' });
    }
  });

  test('yields nothing, not even its CN, where its rule is not asked', () => {
    expect(find(mdm(), ['subjectCn'])).toEqual({ ok: true, ids: [] });
    expect(find(mdm(), ['sanUri', 'entraJoin', 'subjectCn'])).toEqual({ ok: true, ids: [] });
  });

  test('is shown without a comparison only on request', () => {
    expect(find(mdm(), ALL, { compareTenant: false })).toEqual({
      ok: true,
      ids: [intune(INTUNE, 'intuneMdm')],
    });
    expect(findTenantId(mdm())).toBe(TENANT);
    expect(findTenantId(certificate({}))).toBeUndefined();
  });
});

describe('entraJoin', () => {
  test('reads the id with a needlessly long length', () => {
    expect(find(join())).toEqual({ ok: true, ids: [{ kind: 'entra', id: ENTRA, rule: 'entraJoin' }] });
  });

  test('is opt-in', () => {
    expect(find(join(), ['sanUri', 'intuneMdm', 'subjectCn'])).toEqual({ ok: true, ids: [] });
  });

  test('refuses another tenant, and none', () => {
    expect(find(join(), ALL, { tenantId: OTHER })).toMatchObject({ reason: 'certificateUntrusted' });
    expect(find(join({ extensions: { [JOIN.device]: octets(ENTRA) } }))).toMatchObject({
      reason: 'certificateUntrusted',
    });
  });
});

test('the byte order is that of Microsoft', () => {
  expect(parseGuidBytes(Buffer.from('33221100554477668899aabbccddeeff', 'hex'))).toBe(
    '00112233-4455-6677-8899-aabbccddeeff',
  );
});

test('no rules find nothing', () => {
  expect(find({ cn: [ENTRA], uris: [`IntuneDeviceId://${INTUNE}`] }, [])).toEqual({ ok: true, ids: [] });
});

test('a real certificate goes all the way', () => {
  const pem = ca.issue({
    commonName: ENTRA,
    usage: 'client',
    uris: [`IntuneDeviceId://${INTUNE}`],
  }).certificatePem;
  expect(find(read(pem))).toMatchObject({
    ok: true,
    ids: [
      { id: INTUNE, kind: 'intune' },
      { id: ENTRA, kind: 'unknown' },
    ],
  });
});
