import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readBoundedLines } from '../../src/cli/boundedLines.ts';
import { createCertificateCommand } from '../../src/cli/certificate.ts';
import type { Io } from '../../src/cli/command.ts';
import { parseHeaderLines } from '../../src/cli/headerLines.ts';
import { formatName } from '../../src/cli/inspectionReport.ts';
import { findSettingName, PROFILE_NAMES } from '../../src/cli/inspectionSettings.ts';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { FORWARDED_FORMATS } from '../../src/tls/forwardedFormats.ts';
import { WRITERS } from '../tls/forwarded/forwardedValues.ts';

const NOW = Date.parse('2026-11-21T00:00:00Z');
const DAY = 86_400_000;
const INTUNE = 'f61dc341-c9c9-40c1-abbd-6997016f4c9e';
const ENTRA = '0b6f5a5e-0d2c-4b0e-8a4b-6c7d8e9f0a1b';

const now = (): number => NOW;
const ca = createCertificateAuthority({ commonName: 'Device CA', now });
const rogue = createCertificateAuthority({ commonName: 'Device CA', now });
const issue = (changes: Partial<Parameters<typeof ca.issue>[0]> = {}, from = ca): string =>
  from.issue({ commonName: ENTRA, usage: 'client', uris: [`IntuneDeviceId://${INTUNE}`], ...changes })
    .certificatePem;
const derOf = (pem: string): Buffer => new X509Certificate(pem).raw;
const good = issue();
const escaped = WRITERS['percent-pem'](derOf(good));

const folder = mkdtempSync(join(tmpdir(), 'inspect-'));
afterAll(() => rmSync(folder, { recursive: true }));
function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const caFile = file('ca.pem', ca.certificatePem);
const rogueFile = file('rogue.pem', rogue.certificatePem);

interface Report {
  readonly verdict: string;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly certificate: Readonly<Record<string, unknown>> | null;
  readonly deviceIds: readonly unknown[];
  readonly path: { readonly valid: boolean; readonly reason: string | null };
  readonly id?: unknown;
}

interface Run {
  readonly exitCode: number;
  readonly reports: readonly Report[];
  readonly report: Report;
  readonly err: string;
}

async function run(args: readonly string[], input: string | readonly (string | Buffer)[]): Promise<Run> {
  const chunks = (typeof input === 'string' ? [input] : input).map((chunk) =>
    typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk,
  );
  const command = createCertificateCommand({
    now,
    // oxlint-disable-next-line require-await -- a stream is asynchronous whether or not it waits
    input: async function* () {
      yield* chunks;
    },
  });
  let out = '';
  let err = '';
  const io: Io = {
    out: (text) => (out += text),
    err: (text) => (err += text),
    readInput: () => Promise.reject(new Error('not used')),
    readLine: () => Promise.resolve(undefined),
    environment: {},
    onHangUp: () => undefined,
    stopped: new AbortController().signal,
  };
  const exitCode = await command.run(['inspect', ...args], io);
  const reports = (args.includes('--jsonl') ? out.split('\n').filter(Boolean) : [out]).map(
    (text) => JSON.parse(text) as Report,
  );
  const [report] = reports;
  if (report === undefined) throw new Error('no report');
  return { exitCode, reports, report, err };
}

const NGINX = ['--profile', 'nginx', '--trust', caFile];
const inspect = (headers: string, ...more: readonly string[]): Promise<Run> =>
  run([...NGINX, ...more], headers);
const usage = (args: readonly string[]): Promise<unknown> =>
  run(args, '').then(
    () => 'no error',
    (error: { code?: string }) => error.code,
  );
/** Input for a command that is only looked at. */
const neverRead: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('read')) }),
};
const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

describe('header lines', () => {
  test('an accepted certificate is told with everything about it', async () => {
    const { exitCode, report, err } = await inspect(
      `Host: a.example\r\nX-SSL-Client-Cert: ${escaped}\r\n\r\n`,
    );
    expect(exitCode).toBe(0);
    expect(err).toBe('');
    expect(report).toEqual({
      verdict: 'accepted',
      reason: null,
      detail: null,
      certificate: {
        subject: `CN=${ENTRA}`,
        issuer: 'CN=Device CA',
        sha256: new X509Certificate(good).fingerprint256.replaceAll(':', '').toLowerCase(),
        keyType: 'P-256',
        notBefore: '2026-11-20T23:55:00.000Z',
        notAfter: '2027-02-19T00:00:00.000Z',
        tenantId: null,
      },
      deviceIds: [
        { kind: 'intune', value: INTUNE, source: 'sanUri' },
        { kind: 'unknown', value: ENTRA, source: 'subjectCn' },
      ],
      path: { valid: true, reason: null },
    });
  });

  test.each(FORWARDED_FORMATS.map((format) => [format.name, format] as const))(
    'of %s are read under their default name',
    async (name, format) => {
      const header = format.defaultHeader ?? '';
      const args = ['--profile', name, '--trust', caFile];
      const accepted = await run(args, `${header.toLowerCase()}: ${WRITERS[format.encoding](derOf(good))}\n`);
      expect([accepted.report.verdict, accepted.exitCode]).toEqual(['accepted', 0]);
      for (const headers of [
        'Host: a\n',
        `${header}:\n`,
        ...format.absent.map((value) => `${header}: ${value}\n`),
      ]) {
        const absent = await run(args, headers);
        expect(absent.exitCode).toBe(1);
        expect(absent.report).toMatchObject({
          verdict: 'absent',
          reason: 'noCertificate',
          certificate: null,
          deviceIds: [],
          path: { valid: false, reason: 'notChecked' },
        });
      }
    },
  );

  test('of an unlisted proxy are read as they are described', async () => {
    const value = WRITERS['base64-pem'](derOf(good));
    const args = [
      '--profile',
      'generic',
      '--encoding',
      'base64-pem',
      '--header',
      'X-Mine',
      '--trust',
      caFile,
    ];
    expect((await run(args, `x-mine: ${value}\n`)).report.verdict).toBe('accepted');
    expect((await run(args, `x-other: ${value}\n`)).report.verdict).toBe('absent');
  });

  test('may follow a request line', async () => {
    expect((await inspect(`GET / HTTP/1.1\r\nX-SSL-Client-Cert: ${escaped}\r\n`)).report.verdict).toBe(
      'accepted',
    );
  });

  test.each<[string, string, string]>([
    ['twice', `X-SSL-Client-Cert: ${escaped}\nX-SSL-Client-Cert: ${escaped}\n`, 'headerSpoofed'],
    ['twice, once empty', `X-SSL-Client-Cert:\nX-SSL-Client-Cert: ${escaped}\n`, 'headerSpoofed'],
    ['under an alias beside it', `X-SSL-Client-Cert: ${escaped}\nX_SSL_Client_Cert: x\n`, 'headerSpoofed'],
    ['under an alias alone', `X.SSL.Client.Cert: ${escaped}\n`, 'headerSpoofed'],
    [
      'named in Connection',
      `Connection: close, x-ssl-client-cert\nX-SSL-Client-Cert: ${escaped}\n`,
      'headerSpoofed',
    ],
    ['named in Connection and missing', 'Connection: x-ssl-client-cert\n', 'headerSpoofed'],
    [
      'beside another that is known',
      `X-SSL-Client-Cert: ${escaped}\nX-Forwarded-Client-Cert: Hash=1\n`,
      'headerSpoofed',
    ],
    ['beside an alias of another', `X-SSL-Client-Cert: ${escaped}\nx_arr.clientcert: x\n`, 'headerSpoofed'],
    [
      'missing, with another that is known',
      `Client-Cert: ${WRITERS.rfc9440(derOf(good))}\n`,
      'headerSpoofed',
    ],
    ['joined with a comma', `X-SSL-Client-Cert: ${escaped}, ${escaped}\n`, 'certificateMalformed'],
    ['folded', `X-SSL-Client-Cert: ${escaped}\n folded\n`, 'inputMalformed'],
    ['with a space before the colon', `X-SSL-Client-Cert : ${escaped}\n`, 'inputMalformed'],
    ['after a line without a colon', `text\nX-SSL-Client-Cert: ${escaped}\n`, 'inputMalformed'],
    ['with a carriage return inside', `X-SSL-Client-Cert: ${escaped}\rX: y\n`, 'inputMalformed'],
    ['with a zero byte', `X-SSL-Client-Cert: ${escaped}\0\n`, 'inputMalformed'],
    ['among too many', `${'a: b\n'.repeat(201)}X-SSL-Client-Cert: ${escaped}\n`, 'inputMalformed'],
    ['among very many', `${'a: b\n'.repeat(5_000)}X-SSL-Client-Cert: ${escaped}\n`, 'inputMalformed'],
    [
      'after a line that is too long',
      `a: ${'b'.repeat(70_000)}\nX-SSL-Client-Cert: ${escaped}\n`,
      'inputMalformed',
    ],
    ['as base64', `X-SSL-Client-Cert: ${derOf(good).toString('base64')}\n`, 'certificateMalformed'],
    ['cut', `X-SSL-Client-Cert: ${escaped.slice(0, 300)}\n`, 'certificateMalformed'],
  ])('are refused with the header %s', async (_, headers, reason) => {
    const { exitCode, report } = await inspect(headers);
    expect(exitCode).toBe(1);
    expect(report).toMatchObject({ verdict: 'rejected', reason, certificate: null, deviceIds: [] });
  });

  test('a foreign header that the proxy has blanked is no sign of anything', async () => {
    const { report } = await inspect(`X-SSL-Client-Cert: ${escaped}\nX-Forwarded-Client-Cert:\n`);
    expect(report.verdict).toBe('accepted');
  });

  test('bytes beyond ASCII in other headers do no harm', async () => {
    const { report } = await inspect(`X-Name: Z\u00c3\u00bcrich \u00fc\nX-SSL-Client-Cert: ${escaped}\n`);
    expect(report.verdict).toBe('accepted');
  });
});

describe('the path', () => {
  test.each<[string, string, readonly string[], string, string]>([
    [
      'expired',
      issue({ notBefore: new Date(NOW - 2 * DAY), notAfter: new Date(NOW - DAY) }),
      [],
      'certificateExpired',
      'expired',
    ],
    [
      'not yet valid',
      issue({ notBefore: new Date(NOW + DAY), notAfter: new Date(NOW + 2 * DAY) }),
      [],
      'certificateNotYetValid',
      'notYetValid',
    ],
    ['from a rogue authority', issue({}, rogue), [], 'certificateUntrusted', 'untrusted'],
    ['for servers', issue({ usage: 'server' }), [], 'certificateNotForClients', 'wrongPurpose'],
    ['seen later', good, ['--at', '2028-01-01'], 'certificateExpired', 'expired'],
    [
      'seen earlier, in seconds',
      good,
      ['--at', String(NOW / 1_000 - 86_400)],
      'certificateNotYetValid',
      'notYetValid',
    ],
  ])('is not valid for a certificate %s', async (_, pem, args, reason, fault) => {
    const { exitCode, report } = await inspect(
      `x-ssl-client-cert: ${WRITERS['percent-pem'](derOf(pem))}\n`,
      ...args,
    );
    expect(exitCode).toBe(1);
    expect(report).toMatchObject({
      verdict: 'rejected',
      reason,
      deviceIds: [],
      path: { valid: false, reason: fault },
    });
    expect(report.certificate).toMatchObject({ keyType: 'P-256' });
  });

  test('is valid for the purpose and host that are asked for', async () => {
    const pem = issue({ usage: 'server', dnsNames: ['a.example'] });
    const args = (host: string): readonly string[] => [
      '--profile',
      'pem',
      '--trust',
      caFile,
      '--purpose',
      'server',
      '--hostname',
      host,
    ];
    expect((await run(args('a.example'), pem)).report.verdict).toBe('accepted');
    expect((await run(args('b.example'), pem)).report.path).toEqual({
      valid: false,
      reason: 'hostnameMismatch',
    });
    expect((await run(['--profile', 'pem', '--trust', caFile, '--purpose', 'any'], pem)).report.verdict).toBe(
      'accepted',
    );
  });

  test('ends at any of several files, and a rogue one does no harm', async () => {
    const { report } = await inspect(`x-ssl-client-cert: ${escaped}\n`, '--trust', rogueFile);
    expect(report.verdict).toBe('accepted');
  });
});

describe('bare PEM', () => {
  const args = ['--profile', 'pem', '--trust', caFile];

  test('is read, with either line break, and white space around it', async () => {
    for (const pem of [good, good.trimEnd(), `\n${good}\n\n`, good.replaceAll('\n', '\r\n')]) {
      expect((await run(args, pem)).report.verdict).toBe('accepted');
    }
  });

  test('is read in pieces', async () => {
    expect((await run(args, [good.slice(0, 100), good.slice(100)])).report.verdict).toBe('accepted');
  });

  test.each<[string, string]>([
    ['nothing', ''],
    ['two certificates', good + ca.certificatePem],
    ['text before it', `text\n${good}`],
    ['header lines', `x-ssl-client-cert: ${escaped}\n`],
    ['a megabyte', 'A'.repeat(1_000_000)],
  ])('is refused with %s', async (_, text) => {
    const { report, exitCode } = await run(args, text);
    expect([report.verdict, exitCode]).toEqual(['rejected', 1]);
  });
});

describe('what cannot be used', () => {
  const broken = `${good.slice(0, 200)}${good.slice(204)}`;

  test('of the authorities is told on stderr', async () => {
    const none = file('broken.pem', broken);
    const junk = file('junk.pem', 'junk');
    const half = file('half.pem', ca.certificatePem + broken);
    const more = ['--trust', none, '--intermediates', junk, '--intermediates', half];
    const { err, exitCode } = await inspect(`x-ssl-client-cert: ${escaped}\n`, ...more);
    expect(exitCode).toBe(0);
    expect(err.split('\n')).toEqual([
      expect.stringContaining('anchors cannot be read'),
      expect.stringContaining('text 1 of the intermediates holds no PEM'),
      expect.stringContaining('certificate 2 of text 2 of the intermediates cannot be read'),
      '',
    ]);
  });

  test('is a mistake where nothing is left to trust', async () => {
    for (const content of ['', 'junk', broken]) {
      expect(await usage(['--profile', 'nginx', '--trust', file('nothing.pem', content)])).toBe('usage');
    }
  });

  test('is a mistake where it has no meaning', async () => {
    expect(await usage(['--profile', 'pem', '--trust', caFile, '--verify', 'x=1'])).toBe('usage');
    expect(await usage([...NGINX, '--crl-policy', 'sometimes'])).toBe('usage');
  });
});

describe('--verify', () => {
  const headers = `x-ssl-client-cert: ${escaped}\nX-SSL-Client-Verify: SUCCESS\n`;

  test('demands the value, exactly, once', async () => {
    expect((await inspect(headers, '--verify', 'x-ssl-client-verify=SUCCESS')).report.verdict).toBe(
      'accepted',
    );
    for (const [text, expected] of [
      [headers, 'x-ssl-client-verify=success'],
      [headers, 'x-ssl-client-verify=SUCCES'],
      [headers, 'x-ssl-client-verify='],
      [headers, 'x-other=1'],
    ] as const) {
      expect((await inspect(text, '--verify', expected)).report).toMatchObject({
        verdict: 'rejected',
        reason: 'verifySignalFailed',
      });
    }
    const twice = `${headers}X-SSL-Client-Verify: SUCCESS\n`;
    expect((await inspect(twice, '--verify', 'x-ssl-client-verify=SUCCESS')).report.reason).toBe(
      'headerSpoofed',
    );
    const alias = `${headers}X_SSL_Client_Verify: FAILED\n`;
    expect((await inspect(alias, '--verify', 'x-ssl-client-verify=SUCCESS')).report.reason).toBe(
      'headerSpoofed',
    );
  });

  test('of an empty value is met by an empty header and by none', async () => {
    expect((await inspect(headers, '--verify', 'x-error=')).report.verdict).toBe('accepted');
    expect((await inspect(`${headers}x-error:\n`, '--verify', 'x-error=')).report.verdict).toBe('accepted');
    expect((await inspect(`${headers}x-error: bad\n`, '--verify', 'x-error=')).report.reason).toBe(
      'verifySignalFailed',
    );
  });

  test('must be met by all that are given', async () => {
    const two = ['--verify', 'x-ssl-client-verify=SUCCESS', '--verify', 'x-used=1'];
    expect((await inspect(headers, ...two)).report.reason).toBe('verifySignalFailed');
    expect((await inspect(`${headers}x-used: 1\n`, ...two)).report.verdict).toBe('accepted');
  });

  test('leaves an absent certificate absent', async () => {
    expect(
      (await inspect('x-ssl-client-verify: NONE\n', '--verify', 'x-ssl-client-verify=SUCCESS')).report
        .verdict,
    ).toBe('absent');
  });
});

describe('--jsonl', () => {
  const rawHeaders = ['Host', 'a', 'X-SSL-Client-Cert', escaped];

  test('answers each line in turn, and is a success only if all are accepted', async () => {
    const { reports, exitCode } = await run(
      [...NGINX, '--jsonl'],
      line({ rawHeaders }) + line({ pem: good, id: 'b' }) + '\n' + line({ rawHeaders: [], id: 3 }),
    );
    expect(reports.map(({ verdict, id }) => [verdict, id])).toEqual([
      ['accepted', undefined],
      ['accepted', 'b'],
      ['absent', 3],
    ]);
    expect(exitCode).toBe(1);
    expect((await run([...NGINX, '--jsonl'], line({ rawHeaders }) + line({ pem: good }))).exitCode).toBe(0);
  });

  test('a line may say everything itself', async () => {
    const pem = issue({ usage: 'server', dnsNames: ['a.example'] });
    const { reports } = await run(
      ['--jsonl'],
      [
        { rawHeaders, profile: 'nginx', trust: ca.certificatePem },
        {
          rawHeaders: ['X', WRITERS['base64-der'](derOf(good))],
          profile: 'haproxy',
          header: 'x',
          trust: [rogue.certificatePem, ca.certificatePem],
        },
        {
          rawHeaders: ['X', WRITERS['base64-der'](derOf(good))],
          profile: 'generic',
          encoding: 'base64-der',
          header: 'x',
          trust: ca.certificatePem,
        },
        {
          pem,
          trust: ca.certificatePem,
          purpose: 'server',
          hostname: 'a.example',
          at: '2026-11-21T12:00:00Z',
          maxDepth: 2,
          intermediates: [],
          crl: [],
          ocsp: [],
        },
        { pem, trust: ca.certificatePem, purpose: 'server', hostname: null, at: null },
        { pem: good, trust: ca.certificatePem, 'max-depth': 0, 'crl-policy': 'require', 'tenant-id': ENTRA },
        { rawHeaders: [...rawHeaders, 'V', '1'], profile: 'nginx', trust: ca.certificatePem, verify: 'v=1' },
        {
          rawHeaders: [...rawHeaders, 'V', '1'],
          profile: 'nginx',
          trust: ca.certificatePem,
          verify: { v: '1' },
        },
        { pem: good, trust: ca.certificatePem, at: NOW / 1_000 },
      ]
        .map(line)
        .join(''),
    );
    expect(reports.map(({ verdict }) => verdict)).toEqual(Array.from({ length: 9 }, () => 'accepted'));
  });

  test('keys that are whoever wrote the line’s own are passed over', async () => {
    const own = { comment: 'the first one', expected: true, name: 'x' };
    const { reports } = await run(['--jsonl'], line({ pem: good, trust: ca.certificatePem, ...own }));
    expect(reports).toMatchObject([{ verdict: 'accepted' }]);
  });

  test.each<[string, string, string]>([
    ['no trust', line({ pem: good }), 'certificateUntrusted'],
    ['a trust that is none', line({ pem: good, trust: 'x' }), 'inputMalformed'],
    ['an empty trust', line({ pem: good, trust: [] }), 'certificateUntrusted'],
    ['a mistyped option', line({ pem: good, trust: ca.certificatePem, hostnme: 'x' }), 'inputMalformed'],
    ['an option in two spellings', line({ pem: good, maxDepth: 1, 'max-depth': 2 }), 'inputMalformed'],
    ['PEM and the profile of headers', line({ pem: good, profile: 'nginx' }), 'inputMalformed'],
    ['PEM and a header', line({ pem: good, header: 'x' }), 'inputMalformed'],
    ['PEM and a header to verify', line({ pem: good, verify: 'x=1' }), 'inputMalformed'],
    ['intermediates that are no text', line({ pem: good, intermediates: [1] }), 'inputMalformed'],
    ['an unknown policy for lists', line({ pem: good, crlPolicy: 'sometimes' }), 'inputMalformed'],
    ['a depth that is none', line({ pem: good, 'max-depth': 'deep' }), 'inputMalformed'],
    ['a tenant that is none', line({ pem: good, 'tenant-id': 'contoso' }), 'inputMalformed'],
    [
      'a wrong header value',
      line({ rawHeaders: ['X-SSL-Client-Cert', 'x'], profile: 'nginx' }),
      'certificateMalformed',
    ],
    ['no JSON', '{\n', 'inputMalformed'],
    ['a list', '[]\n', 'inputMalformed'],
    ['a key twice', '{"pem":"a","pem":"b"}\n', 'inputMalformed'],
    ['neither headers nor PEM', line({}), 'inputMalformed'],
    ['both', line({ pem: good, rawHeaders }), 'inputMalformed'],
    ['no profile', line({ rawHeaders }), 'inputMalformed'],
    ['an unknown profile', line({ rawHeaders, profile: 'x' }), 'inputMalformed'],
    ['an odd list of headers', line({ rawHeaders: ['a'], profile: 'nginx' }), 'inputMalformed'],
    ['headers that are no text', line({ rawHeaders: ['a', 1], profile: 'nginx' }), 'inputMalformed'],
    [
      'a header with a line break',
      line({ rawHeaders: ['a', 'b\nc: d'], profile: 'nginx' }),
      'inputMalformed',
    ],
    ['PEM that is no text', line({ pem: 1 }), 'inputMalformed'],
    ['a time that is none', line({ pem: good, at: 'soon' }), 'inputMalformed'],
    ['bytes that are no UTF-8', '{"pem":"\u00ff"}\n', 'inputMalformed'],
  ])('rejects a line with %s and goes on', async (_, text, reason) => {
    const { reports, exitCode } = await run(
      ['--jsonl'],
      text + line({ pem: good, trust: ca.certificatePem }),
    );
    expect(reports.map((report) => [report.verdict, report.reason])).toEqual([
      ['rejected', reason],
      ['accepted', null],
    ]);
    expect(exitCode).toBe(1);
  });

  test('every option of the help is a key of a line', () => {
    const command = createCertificateCommand({ now, input: () => neverRead });
    const options = [...command.help.matchAll(/^--([a-z-]+)/gm)].map(([, name = '']) => name);
    expect(options.length).toBeGreaterThan(10);
    expect(options.filter((name) => findSettingName(name) === undefined)).toEqual(['jsonl']);
  });

  test.each([
    ['a trust that is none', ['--trust', file('none.pem', 'nothing')]],
    ['an unknown purpose', ['--purpose', 'fun']],
    ['a header to verify that is none', ['--verify', 'x']],
    ['PEM and a header to verify', ['--profile', 'pem', '--verify', 'x=1']],
  ])('does not begin with %s', async (_, args) => {
    expect(await usage(['--jsonl', ...args])).toBe('usage');
  });

  test('headers to verify do not get in the way of a line with PEM', async () => {
    const { report } = await run(['--jsonl', '--verify', 'x=1', '--trust', caFile], line({ pem: good }));
    expect(report.verdict).toBe('accepted');
  });

  test('a profile of a line brings its own header', async () => {
    const args = [
      '--profile',
      'generic',
      '--encoding',
      'base64-pem',
      '--header',
      'X-Mine',
      '--trust',
      caFile,
      '--jsonl',
    ];
    const lines =
      line({ rawHeaders, profile: 'nginx' }) +
      line({ rawHeaders: ['X-Mine', WRITERS['base64-pem'](derOf(good))] });
    expect((await run(args, lines)).exitCode).toBe(0);
  });

  test('skips a line that is too long, and goes on', async () => {
    const huge = Array.from({ length: 9 }, () => Buffer.alloc(1_048_576, 0x61));
    const { reports } = await run(
      ['--jsonl'],
      [...huge, `\n${line({ pem: good, trust: ca.certificatePem })}`],
    );
    expect(reports.map(({ verdict }) => verdict)).toEqual(['rejected', 'accepted']);
  });
});

test.each<[string, readonly string[]]>([
  ['no profile', ['--trust', caFile]],
  ['no trust', ['--profile', 'nginx']],
  ['an unknown profile', ['--profile', 'x', '--trust', caFile]],
  ['a file that is not there', ['--profile', 'nginx', '--trust', join(folder, 'none.pem')]],
  ['generic without a header', ['--profile', 'generic', '--encoding', 'rfc9440', '--trust', caFile]],
  ['generic without an encoding', ['--profile', 'generic', '--header', 'x', '--trust', caFile]],
  ['an encoding without generic', [...NGINX, '--encoding', 'rfc9440']],
  ['a header that is none', [...NGINX, '--header', 'a b']],
  ['a time that is none', [...NGINX, '--at', '2026-13-45']],
  ['a purpose that is none', [...NGINX, '--purpose', 'x']],
  ['a depth that is none', [...NGINX, '--max-depth', '-1']],
  ['a tenant that is none', [...NGINX, '--tenant-id', 'x']],
  ['a signal that is none', [...NGINX, '--verify', 'x']],
  ['an option that is none', [...NGINX, '--nope']],
])('%s is a mistake of usage', async (_, args) => {
  expect(await usage(args)).toBe('usage');
});

test('every profile is in the help', () => {
  // oxlint-disable-next-line require-await, no-empty-function
  const { help } = createCertificateCommand({ now, input: async function* () {} });
  for (const name of PROFILE_NAMES) expect(help).toContain(name);
});

test('lines are bounded, whatever the pieces', async () => {
  const read = async (...chunks: readonly string[]): Promise<readonly string[]> => {
    const lines: string[] = [];
    // oxlint-disable-next-line require-await
    const input = async function* (): AsyncGenerator<Uint8Array> {
      for (const chunk of chunks) yield Buffer.from(chunk);
    };
    for await (const entry of readBoundedLines(input(), 4))
      lines.push('bytes' in entry ? entry.bytes.toString() : 'too long');
    return lines;
  };
  expect(await read('ab\nc', 'd\n', '\nef')).toEqual(['ab', 'cd', '', 'ef']);
  expect(await read('abcd\nabcde\nx')).toEqual(['abcd', 'too long', 'x']);
  expect(await read('abc', 'de', 'fg', '\nx\n')).toEqual(['too long', 'x']);
  expect(await read('')).toEqual([]);
});

test('header lines keep their value but for blanks around it', () => {
  expect(parseHeaderLines(['A: \t b c \t\r', '', 'B:'])).toEqual({
    ok: true,
    headers: [
      ['A', 'b c'],
      ['B', ''],
    ],
  });
});

test('names are written with what a terminal would obey as hex', () => {
  expect(
    formatName([
      { type: '2.5.4.10', value: 'A, "B"' },
      { type: 'cn', value: ' x\u001b[31m ' },
    ]),
  ).toBe('CN=\\ x\\1b[31m\\ ,O=A\\, \\"B\\"');
});
