import { assert, json, oneof, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/config/configProblem.ts';
import { parseConfig } from '../../src/config/parseConfig.ts';
import { OUTCOMES } from '../../src/outcomes/outcome.ts';
import { REASON_NAMES } from '../../src/outcomes/reason.ts';
import { changed, CLIENT_ID, HASH, parseProblems, problemsOf, SECRET, testConfig } from './testConfig.ts';

type Mistake = [name: string, path: readonly (string | number)[], value: unknown, message: RegExp];

/** One mistake with several values. */
function mistakes(
  path: readonly (string | number)[],
  values: readonly string[],
  message: RegExp,
): readonly Mistake[] {
  return values.map((value) => [`${path.join('.')} ${value}`, path, value, message]);
}

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
    expect(parsed.ok && parsed.file.nodes['default']?.deviceId[0]).toMatchObject({ from: [] });
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
    ['a tag that means nothing', `${YAML}listen: !${SECRET.replaceAll(/\W/g, '')} {}`, /YAML tag/],
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
    const text = YAML.replace('from: [journeys]', 'from: &all [journeys]')
      .replace('callers:', '  other:\n    deviceId: [{source: sharedState, from: *all}]\ncallers:')
      .replace('nodes: [default]', 'nodes: [default, other]');
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

  test('thousands are told quickly, and only the first fifty of them', () => {
    const keys = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`listn${index}`, 1]));
    const started = performance.now();
    const problems = problemsOf(parseConfig(JSON.stringify({ ...testConfig(), ...keys })));
    expect(performance.now() - started).toBeLessThan(4_000);
    expect(problems).toHaveLength(5_000);
    const lines = new ConfigError('gate.yaml', problems).message.split('\n');
    expect(lines).toHaveLength(52);
    expect(lines[0]).toBe('gate.yaml has 5000 mistakes:');
    expect(lines[1]).toBe('  listn0 (line 1): is no known key; did you mean listen?');
    expect(lines[51]).toBe('  and 4950 more');
  });

  test('an unknown key that resembles nothing is told without one', () => {
    expect(parseProblems(changed(['somethingElse'], 1))).toContain('somethingElse: is no known key');
  });

  test.each<Mistake>([
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
    ...mistakes(
      ['tenants', 'default', 'tenantId'],
      ['common', 'organizations', 'consumers', 'contoso', 'contoso.', '.com'],
      /GUID or a verified domain; common, organizations and consumers name no single tenant/,
    ),
    ...mistakes(
      ['listen', 'host'],
      ['fe80::1', '10.0.0', '256.1.1.1', 'http://gate', 'gate:8080', '[::1]', 'a b', '', '-'],
      /address or a host name/,
    ),
    ...mistakes(
      ['tenants', 'default', 'proxy'],
      [`http://user:${SECRET}@proxy.example`, `http://${SECRET}@proxy.example`],
      /a secret never stands in this file: use the environment variable HTTPS_PROXY/,
    ),
    ...mistakes(
      ['tenants', 'default', 'proxy'],
      ['http://proxy.example/path', 'http://proxy.example/?q=1', 'http://proxy.example/#x'],
      /without a path or query/,
    ),
    ...mistakes(
      ['nodes', 'default', 'requireSameUser', 'domain'],
      ['a@b.example', 'contoso .example', '@contoso.example', ''],
      /must be a domain name/,
    ),
    ...mistakes(
      ['nodes', 'default', 'deviceId', 0, 'name'],
      ['Connection', 'host', 'authorization', 'Content_Length', 'transfer.encoding', 'cookie'],
      /a meaning of its own in HTTP/,
    ),
    [
      'a list of no ranges',
      ['nodes', 'default', 'deviceId', 0, 'peers'],
      [],
      /leave it out to narrow nothing/,
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
      'nodes.default.deviceId.0.from.1: there is no caller or proxy of this name',
    ],
    [
      'an unknown node',
      ['callers', 0, 'nodes'],
      ['default', 'other'],
      'callers.0.nodes.1: there is no node of this name',
    ],
    [
      'a source that believes a caller who may not ask',
      ['callers', 0, 'nodes'],
      [],
      'nodes.default.deviceId.0.from.0: this caller may not ask this node, so it can supply nothing to it',
    ],
    [
      'a header under two spellings',
      ['nodes', 'default', 'deviceId', 1],
      { source: 'certificate', header: 'X_Intune', trust: { anchors: ['ca.pem'] } },
      'nodes.default.deviceId.1: looks where another source of this node looks already',
    ],
    [
      'an entry of shared state twice',
      ['nodes', 'default', 'deviceId'],
      [{ source: 'sharedState' }, { source: 'sharedState', from: ['journeys'] }],
      'nodes.default.deviceId.1: looks where another source of this node looks already',
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
      'callers.0.certificateSha256: needs a listener with tls: without TLS there is no client certificate',
    ],
  ])('%s', (_name, path, value, problem) => {
    expect(parseProblems(changed(path, value))).toEqual([problem]);
  });

  test.each([
    [
      'a proxy known by nothing',
      { name: 'edge' },
      /^proxies\.0: needs at least one of addresses, certificateSha256, socket and secretHeader$/,
    ],
    [
      'a proxy with the name of a caller',
      { name: 'journeys', addresses: ['10.0.0.1'] },
      /^proxies\.0\.name: another proxy or caller has this name$/,
    ],
    [
      'a proxy at no address',
      { name: 'edge', addresses: [] },
      /^proxies\.0\.addresses: is empty, so that nobody/,
    ],
    [
      'a proxy at every address',
      { name: 'edge', addresses: ['0.0.0.0/0'] },
      /^proxies\.0\.addresses\.0: is more of the Internet/,
    ],
    ['a proxy at every IPv6 address', { name: 'edge', addresses: ['::/0'] }, /to be written as IPv4/],
    [
      'a proxy at half of all addresses',
      { name: 'edge', addresses: ['128.0.0.0/1'] },
      /is more of the Internet/,
    ],
    [
      'a proxy at mapped addresses',
      { name: 'edge', addresses: ['::ffff:10.0.0.0/104'] },
      /to be written as IPv4/,
    ],
    [
      'a proxy at mapped addresses in hex',
      { name: 'edge', addresses: ['::ffff:a00:0/8'] },
      /to be written as IPv4/,
    ],
    [
      'a proxy that is known by what it does not show',
      { name: 'edge', withoutCertificate: true },
      /^proxies\.0: needs at least one of/,
    ],
    [
      'a proxy at what is no address',
      { name: 'edge', addresses: ['10.0.0.0/8', 'edge.example'] },
      /^proxies\.0\.addresses\.1: is not an address/,
    ],
    [
      'a proxy with a certificate but no TLS',
      { name: 'edge', certificateSha256: [HASH] },
      /^proxies\.0\.certificateSha256: needs a listener with tls/,
    ],
    [
      'a proxy on a socket that nobody opens',
      { name: 'edge', socket: true },
      /^proxies\.0\.socket: needs a listener with socket$/,
    ],
    [
      'a secret header that is reserved',
      { name: 'edge', secretHeader: { name: 'Authorization', sha256: [HASH] } },
      /^proxies\.0\.secretHeader\.name: is a header with a meaning of its own/,
    ],
    [
      'a secret header without a secret',
      { name: 'edge', secretHeader: { name: 'x-secret', sha256: [] } },
      /^proxies\.0\.secretHeader\.sha256: /,
    ],
  ])('%s', (_name, proxy, problem) => {
    expect(parseProblems({ ...testConfig(), proxies: [proxy] })).toEqual([expect.stringMatching(problem)]);
  });

  test('a socket and an address are never true of one connection', () => {
    const config = {
      ...testConfig(),
      alsoListen: [{ socket: { path: 'gate.sock' } }],
      proxies: [{ name: 'edge', socket: true, addresses: ['10.0.0.1'] }],
    };
    expect(parseProblems(config)).toEqual([
      expect.stringMatching(/^proxies\.0\.socket: cannot hold together/),
    ]);
  });

  test('a certificate of a caller is not also that of a proxy', () => {
    const config = {
      ...changed(['callers', 0, 'certificateSha256'], [HASH]),
      listen: { tls },
      proxies: [{ name: 'edge', certificateSha256: [HASH.toUpperCase()] }],
    };
    expect(parseProblems(config)).toEqual(['proxies.0.certificateSha256.0: is the certificate of a caller']);
  });

  test('a source may believe a proxy', () => {
    const config = {
      ...changed(['nodes', 'default', 'deviceId', 0, 'from'], ['edge']),
      proxies: [{ name: 'edge', addresses: ['10.0.0.1', 'fd00::/8'] }],
    };
    expect(parseProblems(config)).toEqual([]);
  });

  test('two listeners at one place', () => {
    expect(parseProblems({ ...testConfig(), alsoListen: [{}] })).toEqual([
      'alsoListen.0: listens where another listener listens already',
    ]);
    expect(parseProblems({ ...testConfig(), listen: { port: 0 }, alsoListen: [{ port: 0 }] })).toEqual([]);
  });

  test('TLS on a socket', () => {
    const config = { ...testConfig(), alsoListen: [{ socket: { path: 'gate.sock' }, tls }] };
    expect(parseProblems(config)).toEqual([expect.stringMatching(/^alsoListen\.0\.tls: means nothing/)]);
  });

  test('a policy that asks a node nobody knows', () => {
    expect(parseProblems({ ...testConfig(), policies: { strict: { node: 'strict' } } })).toEqual([
      'policies.strict.node: there is no node of this name',
    ]);
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
