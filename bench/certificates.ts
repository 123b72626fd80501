import { X509Certificate, type KeyObject } from 'node:crypto';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { parseGuid } from '../src/node/deviceId.ts';
import { mint, NAME, NOW, testKey, type KeyKind } from '../test/support/certificateBuilder.ts';
import { testCertificateSource } from '../test/support/certificateSource.ts';
import { testContext } from '../test/support/testNode.ts';

/**
 * What a forwarded certificate costs: the first time it is seen (header, parsing, path of leaf, CA and anchor, device id), beside what
 * Node alone needs to parse it and to verify one signature; and every time after. Both sides take turns in one run, so that a busy
 * machine slows both. Figures are medians of the rounds.
 */
const help = `
Usage: npm run bench:certificates -- [--rounds N] [--certificates N] [--json]

--rounds N        default 15
--certificates N  different certificates in a round; default 200
--json            figures as JSON

Exit codes: 0 the targets are met (first sight at most 1.5 times Node alone, seen before at most 10 µs), 1 they are not, 2 usage.
`;

const LARGEST_RATIO = 1.5;
const LONGEST_SEEN_MICROSECONDS = 10;
const SEEN_ROUNDS = 20;

interface Figures {
  readonly keyType: string;
  readonly certificateBytes: number;
  readonly nodeMicroseconds: number;
  readonly firstMicroseconds: number;
  readonly ratio: number;
  readonly seenMicroseconds: number;
  readonly met: boolean;
}

function measure(kind: KeyKind, rounds: number, count: number): Figures {
  const root = mint({ subject: 'CN=Root', ca: true, key: testKey('root', kind) });
  const middle = mint({ subject: 'CN=Device CA', ca: true, issuer: root, key: testKey('middle', kind) });
  const leaves = Array.from({ length: count + 1 }, (_, index) => {
    const id = `f61dc341-c9c9-40c1-abbd-${index.toString(16).padStart(12, '0')}`;
    if (parseGuid(id) === undefined) throw new Error('no device id');
    return mint({
      subject: ['O=Contoso', `CN=${id}`],
      issuer: middle,
      key: testKey('device', kind),
      names: [NAME.uri(`IntuneDeviceId://${id}`), NAME.dns(`device-${index}.corp.example`)],
    }).der;
  });
  const [warmUp = Buffer.alloc(0), ...ders] = leaves;
  const contextOf = (der: Buffer): ReturnType<typeof testContext> =>
    testContext({ headers: [['x-ssl-client-cert', encodeURIComponent(pemOf(der))]] });
  const contexts = ders.map(contextOf);
  const warmContext = contextOf(warmUp);
  const trust = { anchors: [root.pem], intermediates: [middle.pem] };
  const issuerKey = new X509Certificate(middle.der).publicKey;

  const alone: number[] = [];
  const first: number[] = [];
  const seen: number[] = [];
  for (let round = -2; round < rounds; round += 1) {
    const source = testCertificateSource({ trust });
    source.find(warmContext, NOW);
    let nodeTime = 0;
    let firstTime = 0;
    // Turn and turn about, and each goes first as often as the other.
    for (const [index, context] of contexts.entries()) {
      const nodeTurn = (): void => {
        nodeTime += timeOf(() => parseAndVerify(ders[index] ?? warmUp, issuerKey));
      };
      if (index % 2 === 0) nodeTurn();
      firstTime += timeOf(() => {
        if (source.find(context, NOW).found !== 'ids') throw new Error('a certificate was refused');
      });
      if (index % 2 === 1) nodeTurn();
    }
    const seenTime = timeOf(() => {
      for (let turn = 0; turn < SEEN_ROUNDS; turn += 1) {
        for (const context of contexts) source.find(context, NOW);
      }
    });
    if (round < 0) continue; // warming up
    alone.push(nodeTime / count);
    first.push(firstTime / count);
    seen.push(seenTime / (count * SEEN_ROUNDS));
  }
  const ratio = median(first.map((time, index) => time / (alone[index] ?? 0)));
  return {
    keyType: kind,
    certificateBytes: ders[0]?.length ?? 0,
    nodeMicroseconds: median(alone) * 1_000,
    firstMicroseconds: median(first) * 1_000,
    ratio,
    seenMicroseconds: median(seen) * 1_000,
    met: ratio <= LARGEST_RATIO && median(seen) * 1_000 <= LONGEST_SEEN_MICROSECONDS,
  };
}

function parseAndVerify(der: Buffer, issuerKey: KeyObject): void {
  if (!new X509Certificate(der).verify(issuerKey)) throw new Error('a signature was refused');
}

/** Milliseconds. */
function timeOf(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function parseCount(text: string): number {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (count === 0) throw new Error('a number from 1 to 99999 was expected');
  return count;
}

function run(): number {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '15' },
      certificates: { type: 'string', default: '200' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help.trimStart());
    return 0;
  }
  const rounds = parseCount(values.rounds);
  const count = parseCount(values.certificates);
  const figures = (['RSA-2048', 'P-256'] as const).map((kind) => measure(kind, rounds, count));
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? '', cores: cpus().length };
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ machine, rounds, certificates: count, figures }, null, 2)}\n`);
  } else {
    const row = (cells: readonly string[]): string => `${cells.map((cell) => cell.padStart(14)).join('')}\n`;
    process.stdout.write(row(['key', 'bytes', 'Node alone', 'first sight', 'ratio', 'seen before', '']));
    for (const one of figures) {
      process.stdout.write(
        row([
          one.keyType,
          String(one.certificateBytes),
          `${one.nodeMicroseconds.toFixed(1)} µs`,
          `${one.firstMicroseconds.toFixed(1)} µs`,
          one.ratio.toFixed(2),
          `${one.seenMicroseconds.toFixed(2)} µs`,
          one.met ? 'met' : 'MISSED',
        ]),
      );
    }
  }
  return figures.every(({ met }) => met) ? 0 : 1;
}

try {
  process.exitCode = run();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}
