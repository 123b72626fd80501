import { assert, json, oneof, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parseConfig.ts';
import { OUTCOMES } from '../../src/outcomes/outcome.ts';
import { REASON_NAMES } from '../../src/outcomes/reason.ts';
import { changed, CLIENT_ID, HASH, parseProblems, problemsOf, SECRET, testConfig } from './testConfig.ts';

const YAML = [
  'tenants:',
  '  default:',
  '    tenantId: contoso.example',
  `    clientId: ${CLIENT_ID}`,
  'nodes:',
  '  default:',
  '    deviceId:',
  '      - source: header',
  '        from: [journeys]',
  'callers:',
  '  - name: journeys',
  `    apiKeySha256: ['${HASH}']`,
  '    nodes: [default]',
  '',
].join('\n');

describe('the forms a file may have', () => {
  test.each([
    ['YAML', YAML],
    ['YAML with CRLF', YAML.replaceAll('\n', '\r\n')],
    ['YAML with a byte order mark', `\uFEFF${YAML}`],
    ['JSON', JSON.stringify(testConfig(), null, 2)],
    ['JSON on one line', JSON.stringify(testConfig())],
    [
      'JSON with a byte order mark and CRLF',
      `\uFEFF${JSON.stringify(testConfig(), null, 2).replaceAll('\n', '\r\n')}`,
    ],
  ])('%s', (_name, text) => {
    const parsed = parseConfig(text);
    expect(problemsOf(parsed)).toEqual([]);
    expect(parsed).toMatchObject({
      ok: true,
      file: {
        nodes: { default: { deviceId: [{ source: 'header', name: 'x-intune', from: ['journeys'] }] } },
      },
    });
  });

  test('what is left out has its default', () => {
    const parsed = parseConfig(YAML);
    expect(parsed.ok && parsed.file).toMatchObject({
      listen: { host: '127.0.0.1', port: 8080 },
      tenants: { default: { cloud: 'global', proxy: 'environment' } },
      nodes: {
        default: {
          tenant: 'default',
          deadlineMs: 8_000,
          saveDeviceProperties: 'off',
          requireEnabledEntraDevice: false,
        },
      },
      limits: { concurrentDecisions: 1_000, bodyBytes: 262_144, shutdownMs: 10_000 },
      log: { level: 'info' },
    });
  });

  test('a list of callers that is left out means nobody', () => {
    const parsed = parseConfig('nodes: {default: {deviceId: [{source: header}]}}');
    expect(parsed.ok && parsed.file.callers).toEqual([]);
    expect(parsed.ok && parsed.file.nodes['default']?.deviceId[0]?.from).toEqual([]);
  });
});

describe('text that is no configuration', () => {
  test.each([
    ['nothing', '', /is missing; it must be an object/],
    ['a list', '- a', /must be an object/],
    ['a word', SECRET, /must be an object/],
    ['an open quote', `a: "${SECRET}`, /no valid YAML/],
    ['a tab as indentation', `a:\n\t- ${SECRET}`, /no valid YAML: tab/],
    ['a duplicate key', `${YAML}nodes: {}\n`, /duplicate key/],
    ['a duplicate key in JSON', '{"nodes": {}, "nodes": {}}', /duplicate key/],
    ['two documents', `${YAML}---\n${YAML}`, /multiple docs/],
    ['an alias without an anchor', `nodes: *${SECRET.replaceAll(/\W/g, '')}`, /alias/],
    ['a key that is a list', `? [${SECRET}, b]\n: 1`, /no known key/],
  ])('%s', (_name, text, message) => {
    const problems = problemsOf(parseConfig(text));
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.map((problem) => problem.message).join('\n')).toMatch(message);
    expect(problems.map((problem) => problem.message).join('\n')).not.toContain(SECRET.slice(0, 8));
  });

  test('says on which line the YAML breaks', () => {
    expect(problemsOf(parseConfig(`${YAML}nodes: {}\n`))).toMatchObject([{ line: 14 }]);
  });

  test('an alias bomb is refused quickly', () => {
    const levels = Array.from({ length: 9 }, (_, level) =>
      level === 0
        ? 'a0: &a0 [x, x, x, x, x, x, x, x, x]'
        : `a${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ')}]`,
    );
    const started = performance.now();
    expect(problemsOf(parseConfig(levels.join('\n')))).toMatchObject([
      { message: expect.stringMatching(/alias/) as string },
    ]);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('a file beyond 1 MiB is refused', () => {
    expect(problemsOf(parseConfig('# '.padEnd(1_048_577, 'x')))).toMatchObject([
      { message: 'is larger than 1 MiB' },
    ]);
  });

  test('a few aliases are welcome', () => {
    const text = YAML.replace('from: [journeys]', 'from: &all [journeys]').replace(
      'callers:',
      '  other:\n    deviceId: [{source: sharedState, from: *all}]\ncallers:',
    );
    expect(problemsOf(parseConfig(text))).toEqual([]);
  });

  test('no text whatsoever makes it throw', () => {
    assert(
      property(oneof(string(), json()), (text) => {
        expect(typeof parseConfig(text).ok).toBe('boolean');
      }),
      { numRuns: 200 },
    );
  });
});

describe('mistakes', () => {
  test('all are told at once, with path and line', () => {
    const problems = problemsOf(
      parseConfig(
        [
          'listen:',
          '  prt: 1',
          'tenants:',
          '  default:',
          '    cloud: mars',
          'nodes:',
          '  default:',
          '    deviceId:',
          '      - source: header',
          '        nme: x',
          '    deadlineMs: 1',
          '',
        ].join('\r\n'),
      ),
    );
    expect(problems.map(({ path, line }) => `${path.join('.')} ${line}`).sort()).toEqual([
      'listen.prt 2',
      'nodes.default.deadlineMs 11',
      'nodes.default.deviceId.0.nme 10',
      'tenants.default.cloud 5',
    ]);
  });

  test('what is missing is told on the line of what it is missing from', () => {
    expect(problemsOf(parseConfig('listen: {}\nnodes:\n  default:\n    tenant: x\n'))).toMatchObject([
      { path: ['nodes', 'default', 'deviceId'], line: 3 },
    ]);
  });

  test.each([
    [['listen', 'prot'], 'port'],
    [['lissten'], 'listen'],
    [['nodes', 'default', 'DeadlineMS'], 'deadlineMs'],
    [['tenants', 'default', 'client_id'], 'clientId'],
    [['callers', 0, 'apiKeySHA256s'], 'apiKeySha256'],
  ] as const)('the unknown key %j is told with a suggestion', (path, meant) => {
    expect(parseProblems(changed(path, 1))).toContain(
      `${path.join('.')}: is no known key; did you mean ${meant}?`,
    );
  });

  test('an unknown key that resembles nothing is told without one', () => {
    expect(parseProblems(changed(['somethingElse'], 1))).toContain('somethingElse: is no known key');
  });

  test.each<[string, readonly (string | number)[], unknown, RegExp]>([
    [
      'a secret in the file itself',
      ['tenants', 'default', 'credential', 'clientSecret'],
      SECRET,
      /must be an object/,
    ],
    [
      'a secret as a value',
      ['tenants', 'default', 'credential', 'clientSecret'],
      { value: SECRET },
      /never stands in this file/,
    ],
    [
      'a secret by file and variable',
      ['tenants', 'default', 'credential', 'clientSecret'],
      { file: 'a', env: SECRET },
      /exactly one/,
    ],
    ['a secret by nothing', ['tenants', 'default', 'credential', 'clientSecret'], {}, /exactly one/],
    ['a secret as the credential', ['tenants', 'default', 'credential'], SECRET, /must be an object/],
    [
      'an unknown kind of credential',
      ['tenants', 'default', 'credential', 'kind'],
      SECRET,
      /clientSecret.*managedIdentity/,
    ],
    ['a client id that is none', ['tenants', 'default', 'clientId'], SECRET, /GUID/],
    ['a tenant id that is none', ['tenants', 'default', 'tenantId'], SECRET, /GUID or a verified domain/],
    [
      'a tenant id that begins with a dash',
      ['tenants', 'default', 'tenantId'],
      '-x',
      /GUID or a verified domain/,
    ],
    ['a tenant id with a path', ['tenants', 'default', 'tenantId'], 'a/b', /GUID or a verified domain/],
    ['an unknown cloud', ['tenants', 'default', 'cloud'], SECRET, /global.*usGov.*usGovDod.*china/],
    ['an authority over http', ['tenants', 'default', 'authority'], `http://${SECRET}`, /https origin/],
    [
      'an authority with a path',
      ['tenants', 'default', 'authority'],
      `https://host/${SECRET}`,
      /https origin/,
    ],
    [
      'a Graph host with credentials',
      ['tenants', 'default', 'graph'],
      `https://${SECRET}@host`,
      /https origin/,
    ],
    ['a proxy that is no URL', ['tenants', 'default', 'proxy'], SECRET, /URL/],
    ['a proxy of another scheme', ['tenants', 'default', 'proxy'], `socks5://u:${SECRET}@host`, /URL/],
    ['a node without a source', ['nodes', 'default', 'deviceId'], [], /expected array/],
    [
      'too many sources',
      ['nodes', 'default', 'deviceId'],
      Array.from({ length: 11 }, () => ({ source: 'header' })),
      /<=10/,
    ],
    [
      'an unknown source',
      ['nodes', 'default', 'deviceId', 0, 'source'],
      SECRET,
      /header.*sharedState.*certificate/,
    ],
    ['a header that is none', ['nodes', 'default', 'deviceId', 0, 'name'], `a ${SECRET}`, /HTTP header/],
    ['an unknown property', ['nodes', 'default', 'saveDeviceProperties'], [SECRET], /expected one of/],
    ['an unknown outcome', ['nodes', 'default', 'outcomes'], { deviceNotFound: SECRET }, /expected one of/],
    ['a deadline that is text', ['nodes', 'default', 'deadlineMs'], SECRET, /must be a number/],
    ['a deadline too short', ['nodes', 'default', 'deadlineMs'], 99, />=100/],
    ['a deadline too long', ['nodes', 'default', 'deadlineMs'], 60_001, /<=60000/],
    ['a check-in age of nothing', ['nodes', 'default', 'maxCheckInAgeHours'], 0, />0/],
    ['a port out of range', ['listen', 'port'], 65_536, /<=65535/],
    ['half a port', ['listen', 'port'], 80.5, /whole number/],
    ['a key in place of its hash', ['callers', 0, 'apiKeySha256'], [SECRET], /SHA-256 in hex/],
    ['a certificate pin that is none', ['callers', 0, 'certificateSha256'], [SECRET], /SHA-256 in hex/],
    ['an unknown log level', ['log', 'level'], SECRET, /expected one of/],
    ['a tenant with an odd name', ['tenants', 'bad name'], {}, /Invalid key/],
    ['no nodes', ['nodes'], {}, /at least one node/],
  ])('%s', (_name, path, value, message) => {
    const problems = parseProblems(changed(path, value));
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join('\n')).toMatch(message);
    expect(problems.some((problem) => problem.startsWith(path.join('.')))).toBe(true);
    expect(problems.join('\n')).not.toContain(SECRET);
  });
});

describe('what only the whole file can tell', () => {
  const tls = { certificateFile: 'c', privateKeyFile: 'k' };
  test.each<[string, readonly (string | number)[], unknown, string]>([
    [
      'an unknown tenant',
      ['nodes', 'default', 'tenant'],
      'other',
      'nodes.default.tenant: there is no tenant of this name',
    ],
    [
      'a tenant named like a part of every object',
      ['nodes', 'default', 'tenant'],
      'constructor',
      'nodes.default.tenant: there is no tenant of this name',
    ],
    [
      'an unknown caller',
      ['nodes', 'default', 'deviceId', 0, 'from'],
      ['journeys', 'nobody'],
      'nodes.default.deviceId.0.from.1: there is no caller of this name',
    ],
    [
      'an unknown node',
      ['callers', 0, 'nodes'],
      ['default', 'other'],
      'callers.0.nodes.1: there is no node of this name',
    ],
    [
      'a caller twice',
      ['callers', 1],
      { name: 'journeys', apiKeySha256: ['cd'.repeat(32)] },
      'callers.1.name: another caller has this name',
    ],
    [
      'a key of two callers',
      ['callers', 1],
      { name: 'other', apiKeySha256: [HASH.toUpperCase()] },
      'callers.1.apiKeySha256.0: is listed twice',
    ],
    [
      'a caller without a credential',
      ['callers', 0, 'apiKeySha256'],
      [],
      'callers.0: needs an apiKeySha256 or a certificateSha256',
    ],
    [
      'a certificate without TLS',
      ['callers', 0, 'certificateSha256'],
      [HASH],
      'callers.0.certificateSha256: needs listen.tls: without TLS there is no client certificate',
    ],
  ])('%s', (_name, path, value, problem) => {
    expect(parseProblems(changed(path, value))).toEqual([problem]);
  });

  test('a certificate with TLS is good', () => {
    const config = { ...changed(['callers', 0, 'certificateSha256'], [HASH]), listen: { tls } };
    expect(parseProblems(config)).toEqual([]);
  });

  test('a node may ask a tenant that only the environment describes, if it is the default one', () => {
    expect(parseProblems(changed(['tenants'], undefined))).toEqual([]);
  });

  test.each([
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '1.2.3.4 ',
    'host',
    '',
  ])('the range %j is refused', (range) => {
    expect(
      parseProblems(changed(['nodes', 'default', 'deviceId', 0, 'peers'], ['10.0.0.0/8', range])),
    ).toEqual(['nodes.default.deviceId.0.peers.1: is not an address or a range such as 10.0.0.0/8']);
  });

  test.each(['10.0.0.0/8', '10.0.0.7', '0.0.0.0/0', 'fd00::/8', '::1', '::ffff:10.0.0.1/128'])(
    'the range %s is accepted',
    (range) => {
      expect(parseProblems(changed(['nodes', 'default', 'deviceId', 0, 'peers'], [range]))).toEqual([]);
    },
  );
});

describe('outcomes', () => {
  const RESERVED = { Compliant: 'compliant', InGracePeriod: 'inGracePeriod', NoId: 'noDeviceId' } as const;

  test.each(OUTCOMES)(
    'only its own reason may become %s, if it is one of the three that let somebody pass',
    (outcome) => {
      const all = Object.fromEntries(REASON_NAMES.map((reason) => [reason, outcome]));
      const refused = parseProblems(changed(['nodes', 'default', 'outcomes'], all)).map(
        (problem) => problem.split(': ')[0],
      );
      const only = Object.hasOwn(RESERVED, outcome) ? RESERVED[outcome as keyof typeof RESERVED] : undefined;
      const expected = REASON_NAMES.filter((reason) => only !== undefined && reason !== only);
      expect(refused).toEqual(expected.map((reason) => `nodes.default.outcomes.${reason}`));
    },
  );

  test('an unknown reason is refused', () => {
    expect(parseProblems(changed(['nodes', 'default', 'outcomes'], { deviceNotFond: 'Error' }))).toHaveLength(
      1,
    );
  });
});
