import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/loadConfig.ts';
import type { Environment } from '../../src/config/environment.ts';
import type { GateConfig } from '../../src/config/gateConfig.ts';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { createGateFolder, type GateFolder } from '../cli/gateFolder.ts';
import { formatProblem } from '../../src/config/configProblem.ts';
import { changed, CLIENT_ID, HASH, SECRET, testConfig, thrownProblems } from './testConfig.ts';

const ENVIRONMENT: Environment = { GATE_SECRET: 'from-the-environment' };

let folder: GateFolder;
beforeEach(() => {
  folder = createGateFolder();
});
afterEach(() => {
  folder.remove();
});

function load(config: unknown, environment: Environment = ENVIRONMENT): GateConfig {
  return loadConfig(folder.config(config), environment);
}

function problems(config: unknown, environment: Environment = ENVIRONMENT): readonly string[] {
  return thrownProblems(() => load(config, environment));
}

function secretOf(config: GateConfig): unknown {
  const credential = config.tenants['default']?.credential;
  return credential?.kind === 'clientSecret' ? credential.clientSecret : undefined;
}

describe('the file itself', () => {
  test('is read', () => {
    expect(load(testConfig())).toMatchObject({
      tenants: { default: { tenantId: 'contoso.example', clientId: CLIENT_ID } },
      secrets: ['from-the-environment'],
    });
  });

  test.each([
    ['does not exist', () => `${folder.path}/absent.yaml`, /there is no such file/],
    ['is a folder', () => folder.path, /it is a folder/],
    [
      'is not UTF-8',
      () => folder.file('latin1.yaml', Buffer.from('nodes: {}\n# Stra\xdfe\n', 'latin1')),
      /not UTF-8/,
    ],
    ['never ends', () => '/dev/zero', /it is a device/],
    ['is UTF-16', () => folder.file('utf16.yaml', Buffer.from('\uFEFFnodes: {}\n', 'utf16le')), /not UTF-8/],
  ])('that %s is named with the cause', (_name, file, message) => {
    expect(() => loadConfig(file(), {})).toThrow(
      expect.objectContaining({
        code: 'configUnreadable',
        message: expect.stringMatching(message) as string,
      }),
    );
  });

  test('its mistakes are one error: name of the file, number, and a line each', () => {
    const file = folder.file('gate.yaml', `nodes:\n  default:\n    deviceId: ${SECRET}\nlistn: 1\n`);
    expect(() => loadConfig(file, {})).toThrow(
      expect.objectContaining({
        code: 'configInvalid',
        message: [
          `${file} has 2 mistakes:`,
          '  nodes.default.deviceId (line 3): must be a list',
          '  listn (line 4): is no known key; did you mean listen?',
        ].join('\n'),
      }),
    );
  });

  test('a secret written as a key of its reference is not repeated', () => {
    const file = folder.file(
      'gate.yaml',
      `tenants:\n  default:\n    credential: { kind: clientSecret, clientSecret: { ${SECRET} } }\nnodes: {}\n`,
    );
    expect(() => loadConfig(file, {})).toThrow(
      expect.objectContaining({
        message: expect.not.stringContaining(SECRET) as string,
      }),
    );
  });

  test('mistakes in what it names are told all at once, too, with their lines', () => {
    const file = folder.file(
      'gate.yaml',
      [
        'tenants:',
        '  default:',
        '    caFile: absent.pem',
        '    credential: {kind: clientSecret, clientSecret: {file: absent}}',
        'nodes: {default: {deviceId: [{source: header}]}}',
      ].join('\n'),
    );
    expect(() => loadConfig(file, {})).toThrow(
      [
        `${file} has 4 mistakes:`,
        '  tenants.default.caFile (line 3): names a file that cannot be read: there is no such file',
        '  tenants.default.tenantId (line 2): is missing, and the environment variable ENTRA_TENANT_ID is not set',
        '  tenants.default.clientId (line 2): is missing, and the environment variable ENTRA_CLIENT_ID is not set',
        '  tenants.default.credential.clientSecret (line 4): names a file that cannot be read: there is no such file',
      ].join('\n'),
    );
  });
});

describe('the result', () => {
  test('is frozen through and through', () => {
    const config = load({ ...testConfig(), listen: { host: '::1' } });
    const thawed: string[] = [];
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      if (!Object.isFrozen(value)) thawed.push(path);
      for (const [key, inner] of Object.entries(value)) visit(inner, `${path}.${key}`);
    };
    visit(config, 'config');
    expect(thawed).toEqual([]);
    expect(() => Reflect.apply(Array.prototype.push, config.nodes['default']?.deviceId, ['x'])).toThrow(
      TypeError,
    );
  });

  test('two loads share nothing that could be changed', () => {
    expect(load(testConfig())).not.toBe(load(testConfig()));
  });
});

describe('secrets', () => {
  const byFile = (name: string): unknown =>
    changed(['tenants', 'default', 'credential'], { kind: 'clientSecret', clientSecret: { file: name } });

  test.each([
    ['as it is', 'value'],
    ['with a line break at its end', 'value\n'],
    ['with CRLF at its end', 'value\r\n'],
    ['with a byte order mark', '\uFEFFvalue\r\n'],
  ])('a file is read %s', (_name, content) => {
    folder.file('secret', content);
    const config = load(byFile('secret'));
    expect(secretOf(config)).toBe('value');
    expect(config.secrets).toContain('value');
  });

  test('blanks and inner line breaks of a file are kept', () => {
    folder.file('secret', ' a \n b \n');
    expect(secretOf(load(byFile('secret')))).toBe(' a \n b ');
  });

  test('an absolute path is one', () => {
    expect(secretOf(load(byFile(folder.file('secret', 'absolute'))))).toBe('absolute');
  });

  test.each([
    ['an empty file', () => folder.file('secret', ''), 'names an empty file'],
    ['an empty line', () => folder.file('secret', '\r\n'), 'names an empty file'],
    [
      'a missing file',
      () => `${folder.path}/${SECRET}`,
      'names a file that cannot be read: there is no such file',
    ],
    ['a folder', () => folder.path, 'names a file that cannot be read: it is a folder'],
    [
      'a huge file',
      () => folder.file('secret', Buffer.alloc(4_194_305, 'x')),
      'names a file that is larger than 4 MiB',
    ],
    ['a file that never ends', () => '/dev/zero', 'names a file that cannot be read: it is no regular file'],
    ['blanks', () => folder.file('secret', ' \t\n \n'), 'names a file that holds nothing but blanks'],
  ])('%s is a mistake', (_name, file, message) => {
    expect(problems(byFile(file()))).toEqual([`tenants.default.credential.clientSecret: ${message}`]);
  });

  test.each([
    ['not set', {}],
    ['empty', { [SECRET]: '' }],
  ])(
    'a variable that is %s is a mistake, told without its name, which may be the secret itself',
    (_name, environment) => {
      const config = changed(['tenants', 'default', 'credential', 'clientSecret'], { env: SECRET });
      const found = problems(config, environment);
      expect(found).toEqual([
        'tenants.default.credential.clientSecret: names an environment variable that is not set',
      ]);
    },
  );

  test('a variable of blanks only is a mistake', () => {
    expect(problems(testConfig(), { GATE_SECRET: ' \t ' })).toEqual([
      'tenants.default.credential.clientSecret: names an environment variable that holds nothing but blanks',
    ]);
  });

  test.each(['__proto__', 'toString', 'constructor'])('the variable %s is not one that is set', (env) => {
    const config = changed(['tenants', 'default', 'credential', 'clientSecret'], { env });
    expect(problems(config, { GATE_SECRET: 'x' })).toHaveLength(1);
  });
});

describe('the environment', () => {
  const ENTRA: Environment = {
    ENTRA_TENANT_ID: 'other.example',
    ENTRA_CLIENT_ID: '00000000-0000-4000-8000-0000000000ff',
    ENTRA_CLIENT_SECRET: 'entra-secret',
  };

  test('describes the whole default tenant where the file has none', () => {
    const config = load(changed(['tenants'], undefined), ENTRA);
    expect(config.tenants).toMatchObject({
      default: {
        tenantId: 'other.example',
        clientId: ENTRA['ENTRA_CLIENT_ID'],
        credential: { kind: 'clientSecret', clientSecret: 'entra-secret' },
        graph: 'https://graph.microsoft.com',
        authority: 'https://login.microsoftonline.com',
      },
    });
    expect(config.secrets).toEqual(['entra-secret']);
  });

  test.each(['tenantId', 'clientId', 'credential'])('fills the gap %s and nothing else', (key) => {
    const whole = load(testConfig(), { ...ENVIRONMENT, ...ENTRA }).tenants['default'];
    const filled = load(changed(['tenants', 'default', key], undefined), { ...ENVIRONMENT, ...ENTRA })
      .tenants['default'];
    const fromEnvironment = {
      tenantId: 'other.example',
      clientId: ENTRA['ENTRA_CLIENT_ID'],
      credential: { kind: 'clientSecret', clientSecret: 'entra-secret' },
    };
    expect(filled).toEqual({ ...whole, [key]: fromEnvironment[key as keyof typeof fromEnvironment] });
  });

  test('never overrides what the file says', () => {
    expect(load(testConfig(), { ...ENVIRONMENT, ...ENTRA })).toEqual({
      ...load(testConfig()),
      files: expect.any(Map) as unknown,
    });
  });

  test('never replaces another kind of credential', () => {
    const config = load(changed(['tenants', 'default', 'credential'], { kind: 'managedIdentity' }), ENTRA);
    expect(config.tenants['default']?.credential).toEqual({ kind: 'managedIdentity' });
    expect(config.secrets).toEqual([]);
  });

  test('does not make a default tenant that nobody asks', () => {
    const { default: contoso } = testConfig()['tenants'] as Record<string, unknown>;
    const config = { ...changed(['nodes', 'default', 'tenant'], 'contoso'), tenants: { contoso } };
    expect(Object.keys(load(config).tenants)).toEqual(['contoso']);
  });

  test('what is missing or malformed there is told without values', () => {
    const environment = { ENTRA_TENANT_ID: `-${SECRET}/`, ENTRA_CLIENT_ID: SECRET, ENTRA_CLIENT_SECRET: '' };
    expect(problems(changed(['tenants'], undefined), environment)).toEqual([
      'tenants.default.tenantId: is missing, and the environment variable ENTRA_TENANT_ID is not one',
      'tenants.default.clientId: is missing, and the environment variable ENTRA_CLIENT_ID is not one',
      'tenants.default.credential: is missing, and the environment variable ENTRA_CLIENT_SECRET is not set',
    ]);
  });

  test.each(['false', 'FALSE', ' no ', '0', 'off'])('INTUNE_ENABLED=%j refuses to start', (value) => {
    expect(problems(testConfig(), { ...ENVIRONMENT, INTUNE_ENABLED: value })).toEqual([
      expect.stringMatching(/^: the environment variable INTUNE_ENABLED is false/),
    ]);
  });

  test.each([undefined, '', 'true', 'True', '1', 'yes', 'on'])(
    'INTUNE_ENABLED=%j changes nothing',
    (value) => {
      const { files: _, ...rest } = load(testConfig());
      expect(load(testConfig(), { ...ENVIRONMENT, INTUNE_ENABLED: value })).toMatchObject(rest);
    },
  );

  test('any other INTUNE_ENABLED is a mistake', () => {
    expect(problems(testConfig(), { ...ENVIRONMENT, INTUNE_ENABLED: SECRET })).toEqual([
      ': the environment variable INTUNE_ENABLED is neither true nor false',
    ]);
  });
});

describe('clouds', () => {
  test.each([
    ['global', 'https://login.microsoftonline.com', 'https://graph.microsoft.com'],
    ['usGov', 'https://login.microsoftonline.us', 'https://graph.microsoft.us'],
    ['usGovDod', 'https://login.microsoftonline.us', 'https://dod-graph.microsoft.us'],
    ['china', 'https://login.chinacloudapi.cn', 'https://microsoftgraph.chinacloudapi.cn'],
  ])('%s', (cloud, authority, graph) => {
    const config = load(changed(['tenants', 'default', 'cloud'], cloud));
    expect(config.tenants['default']).toMatchObject({ authority, graph });
  });

  test('hosts of its own win over those of the cloud, and lose a slash at the end', () => {
    const config = changed(['tenants', 'default', 'graph'], 'https://127.0.0.1:8443/');
    expect(load(config).tenants['default']).toMatchObject({
      authority: 'https://login.microsoftonline.com',
      graph: 'https://127.0.0.1:8443',
    });
  });
});

describe('the outbound proxy', () => {
  const proxied = (proxy: unknown, environment: Environment = {}): unknown =>
    load(changed(['tenants', 'default', 'proxy'], proxy), { ...ENVIRONMENT, ...environment }).tenants[
      'default'
    ]?.proxy;
  const VARIABLES = { HTTPS_PROXY: 'http://proxy.example:8080', NO_PROXY: 'localhost' };

  test.each([
    ['environment', VARIABLES, { httpsProxy: 'http://proxy.example:8080', noProxy: 'localhost' }],
    [undefined, VARIABLES, { httpsProxy: 'http://proxy.example:8080', noProxy: 'localhost' }],
    [
      'environment',
      { ...VARIABLES, https_proxy: 'http://lower.example' },
      { httpsProxy: 'http://lower.example', noProxy: 'localhost' },
    ],
    ['environment', {}, {}],
    ['environment', { HTTPS_PROXY: '' }, { httpsProxy: '' }],
    ['none', VARIABLES, undefined],
    [
      'http://p.example:3128',
      VARIABLES,
      { httpProxy: 'http://p.example:3128', httpsProxy: 'http://p.example:3128' },
    ],
  ])('%s with %j', (proxy, environment, expected) => {
    expect(proxied(proxy, environment)).toEqual(expected);
  });

  test.each(['proxy.example:8080', `socks5://u:${SECRET}@proxy.example`, SECRET])(
    'the variable %s is a mistake, told without its value',
    (value) => {
      expect(problems(testConfig(), { ...ENVIRONMENT, HTTPS_PROXY: value })).toEqual([
        'tenants.default.proxy: comes from the environment variable HTTPS_PROXY, which is no http or https URL',
      ]);
    },
  );
});

describe('a proxy of the environment', () => {
  test.each([
    ['http://proxy.example:3128/path', /which has a path or a query/],
    ['http://proxy.example:3128/?q', /which has a path or a query/],
    [`http://user:%zz${SECRET}@proxy.example`, /a % that stands for nothing/],
  ])('%s is a mistake, since no connection could be made', (value, message) => {
    const found = problems(testConfig(), { ...ENVIRONMENT, HTTPS_PROXY: value });
    expect(found).toEqual([expect.stringMatching(message)]);
    expect(found.join()).not.toContain(SECRET);
  });

  test('may have a password, which is kept as a secret', () => {
    const environment = { ...ENVIRONMENT, HTTPS_PROXY: 'http://user:p%40ss-word@proxy.example:3128/' };
    expect(load(testConfig(), environment).secrets).toContain('p@ss-word');
  });
});

describe('a tenant id of the environment', () => {
  test.each(['common', 'organizations', 'consumers', 'contoso'])('%s is none', (value) => {
    expect(
      problems(changed(['tenants', 'default', 'tenantId'], undefined), {
        ...ENVIRONMENT,
        ENTRA_TENANT_ID: value,
      }),
    ).toEqual([
      'tenants.default.tenantId: is missing, and the environment variable ENTRA_TENANT_ID is not one',
    ]);
  });
});

describe('warnings', () => {
  test('name what is idle, with its line, and nothing else', () => {
    expect(load(testConfig()).warnings).toEqual([]);
    const file = folder.file(
      'gate.yaml',
      [
        'tenants: {default: {tenantId: contoso.example, credential: {kind: managedIdentity}, clientId: ' +
          `${CLIENT_ID}}}`,
        'nodes:',
        '  default: {deviceId: [{source: header, from: []}]}',
        '  lonely:',
        '    deviceId: [{source: header}]',
        'callers:',
        '  - name: journeys',
        `    apiKeySha256: ['${HASH}']`,
        '    nodes: [default]',
        '  - name: idle',
        `    apiKeySha256: ['${HASH.replace('a', 'c')}']`,
      ].join('\n'),
    );
    const warnings = loadConfig(file, {}).warnings.map(formatProblem);
    expect(warnings).toEqual([
      'nodes.default.deviceId.0.from (line 3): names nobody: whatever this source finds is refused',
      'nodes.lonely.deviceId.0.from (line 5): names nobody: whatever this source finds is refused',
      'nodes.lonely (line 4): no caller may ask this node',
      'callers.1.nodes (line 10): names no node: this caller may ask nothing',
    ]);
  });
});

describe('files of certificates', () => {
  const ca = createCertificateAuthority({ commonName: 'Test CA', now: Date.now });
  const leaf = ca.issue({ commonName: 'gate', usage: 'server' });
  const other = ca.issue({ commonName: 'other', usage: 'server' });
  const broken = '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n';

  test('the CA of a tenant is read', () => {
    folder.file('ca.pem', ca.certificatePem);
    expect(load(changed(['tenants', 'default', 'caFile'], 'ca.pem')).tenants['default']?.extraCaPems).toEqual(
      [ca.certificatePem],
    );
  });

  test.each([
    ['no PEM', 'nonsense', 'without a PEM certificate'],
    ['a broken certificate', broken, 'in which 1 of 1 certificates cannot be read: cut off or damaged'],
    [
      'a broken one beside a good one',
      `${ca.certificatePem}${broken}`,
      'in which 1 of 2 certificates cannot be read: cut off or damaged',
    ],
    [
      'one that is cut off behind a good one',
      `${ca.certificatePem}${ca.certificatePem.slice(0, 300)}`,
      'in which 1 of 2 certificates cannot be read: cut off or damaged',
    ],
    ['a key', leaf.privateKeyPem, 'without a PEM certificate'],
    ['nothing', '', 'without a PEM certificate'],
  ])('a CA file with %s is a mistake', (_name, content, message) => {
    folder.file('ca.pem', content);
    expect(problems(changed(['tenants', 'default', 'caFile'], 'ca.pem'))).toEqual([
      `tenants.default.caFile: names a file ${message}`,
    ]);
  });

  const trusting = (anchors: string[], intermediates: string[] = []): unknown =>
    changed(
      ['nodes', 'default', 'deviceId'],
      [
        {
          source: 'certificate',
          header: 'x-ssl-client-cert',
          trust: { anchors, intermediates },
          from: ['journeys'],
        },
      ],
    );

  test('the CAs of devices are read', () => {
    folder.file('ca.pem', ca.certificatePem);
    expect(load(trusting(['ca.pem'], ['ca.pem'])).nodes['default']?.deviceId).toMatchObject([
      { trust: { anchors: [ca.certificatePem], intermediates: [ca.certificatePem] } },
    ]);
  });

  test('a device CA that is none is told with its place', () => {
    folder.file('ca.pem', ca.certificatePem);
    folder.file('leaf.pem', leaf.certificatePem);
    folder.file('broken.pem', broken);
    expect(problems(trusting(['ca.pem', 'leaf.pem', 'absent.pem'], ['broken.pem']))).toEqual([
      expect.stringMatching(
        /^nodes\.default\.deviceId\.0\.trust\.anchors\.1: names a file that is no list of CA certificates: .*not that of a CA/,
      ),
      'nodes.default.deviceId.0.trust.anchors.2: names a file that cannot be read: there is no such file',
      'nodes.default.deviceId.0.trust.intermediates.0: names a file in which 1 of 1 certificates cannot be read: cut off or damaged',
    ]);
  });

  test('a node that trusts no CA is refused', () => {
    expect(problems(trusting([]))).toHaveLength(1);
  });

  const serving = (certificate: string, key: string): unknown => {
    folder.file('tls.pem', certificate);
    folder.file('tls.key', key);
    return { ...testConfig(), listen: { tls: { certificateFile: 'tls.pem', privateKeyFile: 'tls.key' } } };
  };

  test('the listener has its certificate and key', () => {
    expect(load(serving(leaf.certificatePem, leaf.privateKeyPem)).listeners).toMatchObject([
      { tls: { certificatePem: leaf.certificatePem, privateKeyPem: leaf.privateKeyPem } },
    ]);
  });

  test.each([
    ['the key of another certificate', leaf.certificatePem, other.privateKeyPem, /does not belong/],
    [
      'no certificate',
      SECRET,
      leaf.privateKeyPem,
      /needs a PEM certificate and an unencrypted PEM private key/,
    ],
    ['no key', leaf.certificatePem, SECRET, /needs a PEM certificate and an unencrypted PEM private key/],
    ['both the wrong way round', leaf.privateKeyPem, leaf.certificatePem, /needs a PEM certificate/],
    [
      'a chain that is cut off',
      `${leaf.certificatePem}${ca.certificatePem.slice(0, 300)}`,
      leaf.privateKeyPem,
      /^listen\.tls\.certificateFile: names a file in which 1 of 2 certificates/,
    ],
  ])('a listener with %s is a mistake', (_name, certificate, key, message) => {
    const found = problems(serving(certificate, key));
    expect(found).toEqual([expect.stringMatching(message)]);
    expect(found.join()).not.toContain(SECRET);
  });
});
