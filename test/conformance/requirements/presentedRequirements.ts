import type { CaseFacts, Expectation, Requirement } from '../requirement.ts';
import { ask, COMPLIANT, compliantId, header, listed, ownAt, refused, requirement } from './build.ts';

const CONTRACT = 'intune-gate contract';
const PING = 'Ping Microsoft Intune node, outcome table';
/** The compliant device that the target lists, and no other. */
const LISTED_DEVICE: Expectation = {
  ...COMPLIANT,
  fields: (facts) => ({ deviceId: compliantId(facts), managedDeviceId: compliantId(facts) }),
};
const NOTHING = { outcome: 'NoId', reason: 'noDeviceId', emptySharedState: true } as const;
const MALFORMED = refused('deviceIdMalformed');
const CONFLICTING = refused('deviceIdConflict');
const SPOOFED = refused('headerSpoofed');
const ZERO = '00000000-0000-0000-0000-000000000000';

type Write = (id: string) => unknown;

const NAMES: readonly Write[] = [
  (id) => `CN=${id}`,
  (id) => `cn = ${id}`,
  (id) => `2.5.4.3=${id}`,
  (id) => `OID.2.5.4.3=${id}`,
  (id) => `commonName=${id}`,
  (id) => `CN=${id},O=Contoso,C=DE`,
  (id) => `C=DE, O="Contoso, Inc.", CN=${id}`,
  (id) => `O=Contoso\\, Inc.;CN=${id}`,
  (id) => `OU=a+CN=${id},O=b`,
  (id) => `CN="${id}"`,
  (id) => `CN=${[...Buffer.from(id)].map((byte) => `\\${byte.toString(16)}`).join('')}`,
  (id) => `/C=DE/O=Contoso/CN=${id}`,
  (id) => `/CN=${id}`,
  (id) => `O=CN\\=nobody,CN=${id}`,
];

const FORMS: readonly Write[] = [
  (id) => id,
  (id) => id.toUpperCase(),
  (id) => `{${id}}`,
  (id) => `CN={${id.toUpperCase()}}`,
  (id) => ` \t${id}\t `,
  (id) => [id],
  (id) => [`CN=${id}`],
];

const LIST_TEXTS: readonly Write[] = [(id) => `["${id}"]`, (id) => ` [ "CN=${id}" ] `, (id) => [`["${id}"]`]];

const BAD: readonly Write[] = [
  () => 'laptop-17',
  (id) => id.slice(0, -1),
  (id) => `${id}0`,
  (id) => id.replaceAll('-', ''),
  (id) => `{${id}`,
  (id) => `(${id})`,
  (id) => `urn:uuid:${id}`,
  (id) => `${id} ${id}`,
  (id) => `${id},${id}`,
  (id) => `CN=${id},CN=${id}`,
  (id) => `CN=${id}+CN=${id}`,
  (id) => `CN=${id},2.5.4.3=${id}`,
  (id) => `/CN=${id}/CN=${id}`,
  (id) => `O=${id}`,
  (id) => `CN=x${id}`,
  (id) => `CN=${id}\\20`,
  (id) => `CN=${id},`,
  (id) => `CN="${id}`,
  () => 'CN=',
  () => 'CN=#040100',
  (id) => `["${id}","${id}"]`,
  (id) => `[["${id}"]]`,
  (id) => `["${id}"`,
  (id) => `'${id}'`,
  (id) => `"${id}"`,
  (id) => `${id}\n`,
  (id) => `\u00a0${id}`,
  (id) => id.replace('-', '\u2010'), // another hyphen
  (id) => id.replace(/[0-9]/, '\uff11'), // a full-width digit
  () => 'x'.repeat(5_000),
  (id) => `CN=${id},OU=${'x'.repeat(5_000)}`,
];

const EMPTY: readonly Write[] = [() => '', () => '  \t', () => [], () => [''], () => '[]', () => '[ ]'];

const asHeader =
  (write: Write) =>
  (id: string): object =>
    header(write(id));
const asState =
  (write: Write) =>
  (id: string): object => ({ sharedState: { 'x-intune': write(id) } });

/** What a header or an entry may hold. */
export const PRESENTED_REQUIREMENTS: readonly Requirement[] = [
  requirement(
    'NOID-01',
    PING,
    'A request in which no configured place holds anything gives NoId, reason noDeviceId.',
    {
      steps: [
        {},
        { request: {} },
        { request: { headers: {} }, sharedState: {} },
        { request: { headers: { 'x-other': 'x' } } },
        { sharedState: { username: 'acarter' } },
      ].map((body) => ({
        body: () => body,
        expect: {
          ...NOTHING,
          fields: () => ({ deviceId: null, deviceIdSource: null, deviceIdKind: null, managedDeviceId: null }),
        },
      })),
    },
  ),
  requirement('NOID-02', CONTRACT, 'A header or entry that is blank or an empty list is nothing presented.', {
    steps: EMPTY.flatMap((write) => [
      { body: () => asHeader(write)(''), expect: NOTHING },
      { body: () => asState(write)(''), expect: NOTHING },
    ]),
  }),
  requirement(
    'NOID-03',
    CONTRACT,
    'A null entry of shared state is nothing presented.',
    ask(() => ({ sharedState: { 'x-intune': null } }), NOTHING),
  ),
  requirement(
    'NOID-04',
    CONTRACT,
    'Keys of shared state are case-sensitive, and only own keys count.',
    ask(
      (facts) => ({ sharedState: { 'X-Intune': compliantId(facts), x_intune: compliantId(facts) } }),
      NOTHING,
    ),
  ),
  requirement('NOID-05', CONTRACT, 'A node without the certificate source ignores the certificate header.', {
    gate: 'second',
    steps: [
      {
        body: () => ({ node: 'open', request: { headers: { 'x-ssl-client-cert': 'anything' } } }),
        expect: NOTHING,
      },
    ],
  }),
  requirement(
    'ID-01',
    CONTRACT,
    'A bare GUID, in any letter case, with or without braces, alone or as the one element of a list, is the id.',
    {
      steps: FORMS.flatMap((write) => [
        {
          body: (facts) => asHeader(write)(compliantId(facts)),
          expect: {
            ...COMPLIANT,
            fields: (facts) => ({ deviceId: compliantId(facts), deviceIdSource: 'header' }),
          },
        },
        {
          body: (facts) => asState(write)(compliantId(facts)),
          expect: {
            ...COMPLIANT,
            fields: (facts) => ({ deviceId: compliantId(facts), deviceIdSource: 'sharedState' }),
          },
        },
      ]),
    },
  ),
  requirement(
    'ID-02',
    'RFC 4514',
    'A distinguished name with exactly one CN that is a GUID is the id, in every way of writing the name.',
    {
      steps: NAMES.flatMap((write) => [
        { body: (facts) => asHeader(write)(compliantId(facts)), expect: LISTED_DEVICE },
        { body: (facts) => asState(write)(compliantId(facts)), expect: LISTED_DEVICE },
      ]),
    },
  ),
  requirement(
    'ID-03',
    PING,
    'The text of a JSON list with one element, as PingAM writes one, is read as that element.',
    {
      steps: LIST_TEXTS.flatMap((write) => [
        { body: (facts) => asHeader(write)(compliantId(facts)), expect: LISTED_DEVICE },
        { body: (facts) => asState(write)(compliantId(facts)), expect: LISTED_DEVICE },
      ]),
    },
  ),
  requirement(
    'ID-04',
    CONTRACT,
    'Everything else that is presented gives Error, reason deviceIdMalformed, and never NoId.',
    {
      steps: BAD.flatMap((write) => [
        { body: (facts) => asHeader(write)(compliantId(facts)), expect: MALFORMED },
        { body: (facts) => asState(write)(compliantId(facts)), expect: MALFORMED },
      ]),
    },
  ),
  requirement('ID-05', CONTRACT, 'An entry of shared state that is no text and no list is malformed.', {
    steps: [0, 7, true, false, {}, { id: 'x' }, [[]], [{}], [7], ['a', 'b']].map((value) => ({
      body: () => asState(() => value)(''),
      expect: MALFORMED,
    })),
  }),
  requirement(
    'ID-06',
    'Microsoft Graph v1.0 managedDevice',
    'The all-zero GUID, which Intune writes for "none", is malformed in every form.',
    {
      steps: [ZERO, `{${ZERO}}`, `CN=${ZERO}`, [ZERO], `["${ZERO}"]`].flatMap((value) => [
        { body: () => asHeader(() => value)(''), expect: MALFORMED },
        { body: () => asState(() => value)(''), expect: MALFORMED },
      ]),
    },
  ),
  requirement(
    'ID-07',
    CONTRACT,
    'The answer to a malformed value does not repeat it.',
    ask(() => header('<script>marker-4711</script>'), { ...MALFORMED, neverContains: () => ['marker-4711'] }),
  ),
  requirement('ONE-01', CONTRACT, 'Two places with the same id agree, whatever forms they use.', {
    steps: [
      {
        body: (facts) =>
          header([`CN={${compliantId(facts).toUpperCase()}}`], 'default', { 'x-intune': compliantId(facts) }),
        expect: { ...COMPLIANT, fields: () => ({ deviceIdSource: 'header' }) },
      },
    ],
  }),
  requirement(
    'ONE-02',
    CONTRACT,
    'Two places with ids of different devices give Error, reason deviceIdConflict; none wins by order.',
    {
      devices: [{}, {}],
      steps: [
        {
          body: ({ device, other }) => header([device.id], 'default', { 'x-intune': other.id }),
          expect: CONFLICTING,
        },
        {
          body: ({ device, other }) => header([other.id], 'default', { 'x-intune': device.id }),
          expect: CONFLICTING,
        },
      ],
    },
  ),
  requirement(
    'ONE-03',
    CONTRACT,
    'An Intune id and an Entra id of one managed device agree, in either order.',
    {
      devices: [{}],
      steps: [
        {
          body: ({ device }) => header([device.id], 'default', { 'x-intune': device.azureADDeviceId }),
          expect: COMPLIANT,
        },
        {
          body: ({ device }) => header([device.azureADDeviceId], 'default', { 'x-intune': device.id }),
          expect: COMPLIANT,
        },
      ],
    },
  ),
  requirement(
    'ONE-04',
    CONTRACT,
    'An Intune id and the Entra id of another device conflict, in either order.',
    {
      devices: [{}, {}],
      steps: [
        {
          body: ({ device, other }) => header([device.id], 'default', { 'x-intune': other.azureADDeviceId }),
          expect: CONFLICTING,
        },
        {
          body: ({ device, other }) => header([other.azureADDeviceId], 'default', { 'x-intune': device.id }),
          expect: CONFLICTING,
        },
      ],
    },
  ),
  requirement('ONE-05', CONTRACT, 'A good id beside a malformed one is an Error: every place counts.', {
    steps: [
      {
        body: (facts) => header([compliantId(facts)], 'default', { 'x-intune': 'nonsense' }),
        expect: MALFORMED,
      },
      {
        body: (facts) => header(['nonsense'], 'default', { 'x-intune': compliantId(facts) }),
        expect: MALFORMED,
      },
    ],
  }),
  requirement(
    'ONE-06',
    CONTRACT,
    'A good id beside one that no device has conflicts or is not found, and is never Compliant.',
    {
      devices: [{}],
      steps: [
        {
          body: ({ device, other }) => header([device.id], 'default', { 'x-intune': other.id }),
          expect: { outcome: 'Error', reason: 'deviceIdConflict' },
        },
      ],
    },
  ),
  requirement(
    'SPOOF-01',
    CONTRACT,
    'A header that is present twice gives Error, reason headerSpoofed, even with equal values.',
    {
      steps: [
        { body: (facts) => header([compliantId(facts), compliantId(facts)]), expect: SPOOFED },
        {
          body: (facts) =>
            header([compliantId(facts), listed(facts.target, 'noncompliant', 'NotCompliant').id]),
          expect: SPOOFED,
        },
        {
          body: (facts) => ({
            request: { headers: { 'x-intune': compliantId(facts), 'X-Intune': compliantId(facts) } },
          }),
          expect: SPOOFED,
        },
      ],
    },
  ),
  requirement(
    'SPOOF-02',
    'RFC 9110',
    'Header names are read in any letter case.',
    ask((facts) => ({ request: { headers: { 'X-INTUNE': [compliantId(facts)] } } }), COMPLIANT),
  ),
  requirement(
    'SPOOF-03',
    CONTRACT,
    'Another spelling that servers fold to the same header name is a sign of spoofing, alone or beside it.',
    {
      steps: ['x_intune', 'X.Intune', 'x_INTUNE', ' x-intune', 'x-intune '].flatMap((name) => [
        { body: (facts) => ({ request: { headers: { [name]: [compliantId(facts)] } } }), expect: SPOOFED },
        {
          body: (facts) => ({ request: { headers: { 'x-intune': [compliantId(facts)], [name]: ['x'] } } }),
          expect: SPOOFED,
        },
      ]),
    },
  ),
  requirement(
    'SPOOF-04',
    'RFC 9110',
    'A header that Connection names is a sign of spoofing, as the next hop would drop it.',
    {
      steps: ['x-intune', 'close, X-Intune', 'keep-alive,x_intune'].map((connection) => ({
        body: (facts) => ({
          request: { headers: { 'x-intune': [compliantId(facts)], Connection: [connection] } },
        }),
        expect: SPOOFED,
      })),
    },
  ),
  requirement(
    'SPOOF-05',
    CONTRACT,
    'Connection without the header, and other headers, are no sign of spoofing.',
    ask(
      (facts) => ({
        request: {
          headers: { 'x-intune': [compliantId(facts)], connection: ['close'], 'x-intune-other': ['a', 'b'] },
        },
      }),
      LISTED_DEVICE,
    ),
  ),
  requirement(
    'HOP-01',
    CONTRACT,
    'An id from a caller that may not supply it gives Error, reason hopNotTrusted, and never NoId.',
    {
      gate: 'second',
      devices: [{}],
      steps: [
        { body: ownAt('untrusting'), expect: refused('hopNotTrusted') },
        { body: ownAt('nobody'), expect: refused('hopNotTrusted') },
        {
          body: () => header(['nonsense'], 'nobody'),
          expect: refused(['hopNotTrusted', 'deviceIdMalformed']),
        },
        { body: () => ({ node: 'nobody' }), expect: NOTHING },
      ],
    },
  ),
  requirement(
    'HOP-02',
    CONTRACT,
    'A peer address can narrow what a caller is believed, and a missing one narrows too.',
    {
      gate: 'second',
      devices: [{}],
      steps: [
        ...['10.1.2.3', '::ffff:10.1.2.3', 'fd00::7'].map((peerAddress) => ({
          body: (facts: CaseFacts) => ({
            node: 'narrow',
            request: { headers: { 'x-intune': [facts.device.id] }, peerAddress },
          }),
          expect: COMPLIANT,
        })),
        ...['11.1.2.3', '192.168.0.1', 'fe80::1', undefined].map((peerAddress) => ({
          body: (facts: CaseFacts) => ({
            node: 'narrow',
            request: { headers: { 'x-intune': [facts.device.id] }, peerAddress },
          }),
          expect: refused('hopNotTrusted'),
        })),
      ],
    },
  ),
  requirement(
    'HOP-03',
    CONTRACT,
    'A peer address never widens what a caller is believed, nor do forwarding headers.',
    {
      gate: 'second',
      devices: [{}],
      steps: [
        {
          body: ({ device }) => ({
            node: 'untrusting',
            request: {
              headers: { 'x-intune': [device.id], 'x-forwarded-for': ['127.0.0.1'] },
              peerAddress: '127.0.0.1',
            },
          }),
          expect: refused('hopNotTrusted'),
        },
        {
          body: ({ device }) => ({
            node: 'narrow',
            request: {
              headers: {
                'x-intune': [device.id],
                'x-forwarded-for': ['10.1.2.3'],
                forwarded: ['for=10.1.2.3'],
              },
              peerAddress: '11.1.2.3',
            },
          }),
          expect: refused('hopNotTrusted'),
        },
      ],
    },
  ),
  requirement('HOP-04', CONTRACT, 'A node reads the header it is configured for and no other.', {
    gate: 'second',
    devices: [{}],
    steps: [
      { body: ownAt('otherHeader'), expect: NOTHING },
      {
        body: ({ device }) => ({ node: 'otherHeader', request: { headers: { 'X-Device': device.id } } }),
        expect: COMPLIANT,
      },
    ],
  }),
];
