import type { Requirement } from '../requirement.ts';
import { ask, COMPLIANT, compliantId, header, requirement } from './build.ts';

const PROBLEM = 'RFC 9457';
const CONTRACT = 'intune-gate contract';
const JSON_RFC = 'RFC 8259';
const HTTP = 'RFC 9110';

const malformed = (pointers: readonly string[] = []) => ({ status: 400, pointers });

/** Bodies with one mistake each and where it is. */
const MISTAKES: readonly (readonly [body: unknown, pointer: string])[] = [
  [[], ''],
  ['x', ''],
  [7, ''],
  [null, ''],
  [{ Node: 'default' }, '/Node'],
  [{ node: 7 }, '/node'],
  [{ node: '' }, '/node'],
  [{ node: null }, '/node'],
  [{ request: 'x' }, '/request'],
  [{ request: { header: {} } }, '/request/header'],
  [{ request: { headers: [] } }, '/request/headers'],
  [{ request: { headers: { 'x-intune': 7 } } }, '/request/headers/x-intune'],
  [{ request: { headers: { 'x-intune': null } } }, '/request/headers/x-intune'],
  [{ request: { headers: { 'x-intune': [7] } } }, '/request/headers/x-intune'],
  [{ request: { headers: { 'x-intune': { value: 'x' } } } }, '/request/headers/x-intune'],
  [{ request: { peerAddress: 'localhost' } }, '/request/peerAddress'],
  [{ request: { peerAddress: '10.0.0.0/8' } }, '/request/peerAddress'],
  [{ request: { peerAddress: 7 } }, '/request/peerAddress'],
  [{ sharedState: [] }, '/sharedState'],
  [{ sharedState: 'x' }, '/sharedState'],
  [{ sharedState: null }, '/sharedState'],
];

const BAD_JSON: readonly string[] = [
  '',
  '   ',
  '{',
  '{}x',
  '{"node":"default",}',
  "{'node':'default'}",
  '\ufeff\ufeff{}',
  '{"node":"default","node":"default"}',
  '{"node":"default","n\\u006fde":"strict"}',
  '{"request":{"headers":{"x-intune":"a","x-intune":"b"}}}',
  '{"sharedState":{"x-intune":"a","x-intune":"b"}}',
  '{"__proto__":{"node":"strict"}}',
  '{"sharedState":{"__proto__":{"x-intune":"a"}}}',
  '{"sharedState":{"constructor":{"prototype":{}}}}',
  `{"sharedState":${'['.repeat(500)}${']'.repeat(500)}}`,
];

/** The call itself. */
export const HTTP_REQUIREMENTS: readonly Requirement[] = [
  requirement(
    'HTTP-01',
    CONTRACT,
    'A decision is a 200 in JSON that nobody may store, with a request id.',
    ask((facts) => header(compliantId(facts)), {
      ...COMPLIANT,
      headers: { 'cache-control': /no-store/, 'x-request-id': /./ },
    }),
  ),
  requirement('HTTP-02', CONTRACT, 'A header may be text or a list of text.', {
    steps: [
      { body: (facts) => header(compliantId(facts)), expect: COMPLIANT },
      { body: (facts) => header([compliantId(facts)]), expect: COMPLIANT },
    ],
  }),
  requirement(
    'HTTP-03',
    CONTRACT,
    'The node is named in the answer, and is "default" if the call names none.',
    {
      steps: [
        { body: (facts) => header(compliantId(facts)), expect: { fields: () => ({ node: 'default' }) } },
        {
          body: (facts) => header(compliantId(facts), 'withApps'),
          expect: { fields: () => ({ node: 'withApps' }) },
        },
      ],
    },
  ),
  requirement('HTTP-04', CONTRACT, 'Each decision has an id of its own and the time it was made.', {
    steps: [
      {
        body: (facts) => header(compliantId(facts)),
        expect: {
          ...COMPLIANT,
          also: ({ evaluatedAt }) =>
            Math.abs(Date.parse(String(evaluatedAt)) - Date.now()) < 60_000
              ? undefined
              : 'evaluatedAt is not now',
        },
      },
    ],
  }),
  requirement('HTTP-10', PROBLEM, 'A call without a known key is a 401 that names the scheme.', {
    steps: [
      'none' as const,
      { raw: 'Bearer' },
      { raw: 'Bearer ' },
      { raw: 'Bearer wrong' },
      { raw: `Bearer ${'x'.repeat(43)}` },
      { raw: `Bearer ${'x'.repeat(5_000)}` },
      { raw: 'Basic dXNlcjpwYXNz' },
      { raw: 'Bearer undefined' },
    ].map((authorization) => ({
      http: { authorization },
      body: () => ({}),
      expect: { status: 401, headers: { 'www-authenticate': /^Bearer/ } },
    })),
  }),
  requirement(
    'HTTP-11',
    CONTRACT,
    'Who is not known learns nothing else: a 401 comes before any look at the body.',
    {
      steps: ['{', '[]', '{"node":"nonexistent"}'].map((body) => ({
        http: { authorization: 'none' as const, body: () => body },
        expect: { status: 401 },
      })),
    },
  ),
  requirement('HTTP-12', PROBLEM, 'A caller that asks a node that is not its own gets a 403.', {
    gate: 'second',
    steps: [
      {
        http: { authorization: 'restricted' },
        body: () => ({ node: 'untrusting' }),
        expect: { status: 403 },
      },
      { http: { authorization: 'restricted' }, body: () => ({ node: 'open' }), expect: { outcome: 'NoId' } },
    ],
  }),
  requirement('HTTP-13', CONTRACT, 'The key of one gate is nobody’s at another.', {
    gate: 'second',
    steps: [
      {
        http: { authorization: { raw: 'Bearer igk_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG' } },
        body: () => ({ node: 'open' }),
        expect: { status: 401 },
      },
    ],
  }),
  requirement(
    'HTTP-20',
    PROBLEM,
    'A node that does not exist is a 422 that points to /node and does not repeat the name.',
    {
      steps: ['nonexistent-4711', 'Default', 'constructor', 'toString'].map((node) => ({
        body: () => ({ node }),
        expect: { status: 422, pointers: ['/node'], neverContains: () => [node] },
      })),
    },
  ),
  requirement('HTTP-21', PROBLEM, 'A body that is not as expected is a 400 that points to the mistake.', {
    steps: MISTAKES.map(([body, pointer]) => ({ body: () => body, expect: malformed([pointer]) })),
  }),
  requirement('HTTP-22', PROBLEM, 'A problem does not repeat a value of the request.', {
    steps: [
      {
        body: () => ({ request: { peerAddress: 'marker-4711' }, sharedState: 'marker-4712' }),
        expect: {
          ...malformed(['/request/peerAddress', '/sharedState']),
          neverContains: () => ['marker-471'],
        },
      },
    ],
  }),
  requirement(
    'HTTP-23',
    JSON_RFC,
    'A body that is not JSON, or that two readers could read differently, is a 400.',
    {
      steps: BAD_JSON.map((body) => ({ http: { body: () => body }, expect: malformed() })),
    },
  ),
  requirement('HTTP-24', JSON_RFC, 'A body that is not UTF-8 is a 400.', {
    steps: [
      { http: { body: () => Buffer.from('{"node":"d\xe9fault"}', 'latin1') }, expect: malformed() },
      { http: { body: () => Buffer.from('{}', 'utf16le') }, expect: malformed() },
    ],
  }),
  requirement('HTTP-30', HTTP, 'A body of another media type is a 415.', {
    steps: [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/xml',
      'application/jsonx',
      'x',
    ].map((contentType) => ({
      http: { contentType },
      body: () => ({}),
      expect: { status: 415 },
    })),
  }),
  requirement('HTTP-31', HTTP, 'A charset parameter does not disturb.', {
    steps: [
      {
        http: { contentType: 'application/json; charset=utf-8' },
        body: () => ({}),
        expect: { outcome: 'NoId' },
      },
    ],
  }),
  requirement('HTTP-32', HTTP, 'A body of 300,000 characters is more than the accepted size: a 413.', {
    steps: [{ body: () => ({ sharedState: { padding: 'x'.repeat(300_000) } }), expect: { status: 413 } }],
  }),
  requirement('HTTP-33', HTTP, 'A method other than POST is a 405 that says so.', {
    steps: [
      { http: { method: 'GET' }, expect: { status: 405, headers: { allow: /POST/ } } },
      { http: { method: 'PUT' }, body: () => ({}), expect: { status: 405, headers: { allow: /POST/ } } },
    ],
  }),
  requirement('HTTP-34', PROBLEM, 'A route that does not exist is a 404.', {
    steps: [{ http: { method: 'GET', path: '/v1/nothing' }, expect: { status: 404 } }],
  }),
  requirement(
    'HTTP-40',
    CONTRACT,
    'Shared state of a journey may hold any JSON, as long as the device entry is good.',
    ask(
      (facts) =>
        header(compliantId(facts), 'default', {
          username: 'acarter',
          objectAttributes: { mail: ['a@b.example'], nested: { deep: [1, null, true] } },
          count: 1e308,
          empty: '',
          nothing: null,
        }),
      COMPLIANT,
    ),
  ),
];
