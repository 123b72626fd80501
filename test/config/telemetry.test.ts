import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Environment } from '../../src/config/environment.ts';
import type { GateConfig } from '../../src/config/gateConfig.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { createGateFolder, type GateFolder } from '../cli/gateFolder.ts';
import { parseProblems, SECRET, testConfig, thrownProblems } from './testConfig.ts';

let folder: GateFolder;
beforeEach(() => {
  folder = createGateFolder();
});
afterEach(() => {
  folder.remove();
});

const load = (changes: object, environment: Environment = {}): GateConfig =>
  loadConfig(folder.config({ ...testConfig(), ...changes }), { GATE_SECRET: 'a secret', ...environment });
const problems = (changes: object, environment: Environment = {}): readonly string[] =>
  thrownProblems(() => load(changes, environment));

describe('telemetry', () => {
  test('is nowhere, unless somebody names a collector', () => {
    expect(load({}).telemetry).toBeUndefined();
    expect(load({ telemetry: { sampling: 0.5 } }, { OTEL_SERVICE_NAME: 'gate' }).telemetry).toBeUndefined();
  });

  test.each([
    ['https://collector.example', 'https://collector.example/v1/traces'],
    ['https://collector.example:4318/', 'https://collector.example:4318/v1/traces'],
    ['https://collector.example/otel/', 'https://collector.example/otel/v1/traces'],
    ['https://collector.example/otel/v1/traces', 'https://collector.example/otel/v1/traces'],
    ['http://[::1]:4318', 'http://[::1]:4318/v1/traces'],
  ])('%s is posted to at %s', (otlpEndpoint, url) => {
    expect(load({ telemetry: { otlpEndpoint } }).telemetry).toEqual({
      url,
      headers: {},
      caPems: [],
      sampling: 1,
      serviceName: 'intune-gate',
      from: [],
    });
  });

  test('takes from the environment what the file does not say, and nothing else', () => {
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://base.example/',
      OTEL_EXPORTER_OTLP_HEADERS: `x-a=one,X-B=${encodeURIComponent(SECRET)}`,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_SERVICE_NAME: 'gate-7',
    };
    const config = load({}, environment);
    expect(config.telemetry).toMatchObject({
      url: 'https://base.example/v1/traces',
      headers: { 'x-a': 'one', 'x-b': SECRET },
      sampling: 0.25,
      serviceName: 'gate-7',
    });
    expect(config.secrets).toContain(SECRET);
    const own = { otlpEndpoint: 'https://own.example', sampling: 1, serviceName: 'mine' };
    const headers = { 'X-B': { env: 'GATE_SECRET' } };
    expect(load({ telemetry: { ...own, headers } }, environment).telemetry).toMatchObject({
      url: 'https://own.example/v1/traces',
      headers: { 'x-a': 'one', 'x-b': 'a secret' },
      sampling: 1,
      serviceName: 'mine',
    });
    const whole = { ...environment, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example/as/it/is' };
    expect(load({}, whole).telemetry?.url).toBe('https://traces.example/as/it/is');
    expect(load({}, { ...environment, OTEL_SDK_DISABLED: 'true' }).telemetry).toBeUndefined();
  });

  test.each([
    ['always_on', '', 1],
    ['always_off', '', 0],
    ['parentbased_always_off', '', 0],
    ['traceidratio', '', 1],
    ['traceidratio', '0', 0],
  ])('OTEL_TRACES_SAMPLER=%s with %j is a share of %d', (sampler, argument, share) => {
    const { telemetry } = load(
      { telemetry: { otlpEndpoint: 'https://c.example' } },
      { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: argument },
    );
    expect(telemetry?.sampling).toBe(share);
  });

  test.each([
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: `https://user:${SECRET}@c.example` },
      /^telemetry\.otlpEndpoint: .*_ENDPOINT/,
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, /^telemetry\.otlpEndpoint: /],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c.example', OTEL_EXPORTER_OTLP_HEADERS: SECRET },
      /^telemetry\.headers: .*name=value/,
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c.example', OTEL_EXPORTER_OTLP_HEADERS: `k=${SECRET}` },
      /^telemetry\.headers: .*unencrypted/,
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c.example', OTEL_TRACES_SAMPLER: 'jaeger_remote' },
      /^telemetry\.sampling: /,
    ],
    [
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c.example',
        OTEL_TRACES_SAMPLER: 'traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '2',
      },
      /^telemetry\.sampling: /,
    ],
  ])('%j is a mistake, told without its value', (environment, said) => {
    const told = problems({}, environment);
    expect(told).toEqual([expect.stringMatching(said)]);
    expect(told.join()).not.toContain(SECRET);
  });

  test.each([
    [{ otlpEndpoint: 'c.example' }, 'telemetry.otlpEndpoint'],
    [{ otlpEndpoint: 'https://c.example/?key=1' }, 'telemetry.otlpEndpoint'],
    [{ sampling: 1.5 }, 'telemetry.sampling'],
    [{ from: ['nobody'] }, 'telemetry.from.0'],
    [{ headers: { 'a b': { env: 'GATE_SECRET' } } }, 'telemetry.headers'],
  ])('%j is a mistake at %s', (telemetry, path) => {
    expect(parseProblems({ ...testConfig(), telemetry })).toEqual([
      expect.stringMatching(new RegExp(`^${path.replaceAll('.', '\\.')}`)),
    ]);
  });

  test('that is believed or has headers needs a collector', () => {
    expect(problems({ telemetry: { from: ['journeys'] } })).toEqual([
      expect.stringMatching(/^telemetry\.otlpEndpoint: is missing/),
    ]);
  });

  test('keeps its secrets off the network', () => {
    const headers = { 'x-api-key': { env: 'GATE_SECRET' } };
    const at = (otlpEndpoint: string): readonly string[] =>
      problems({ telemetry: { otlpEndpoint, headers } });
    expect(at('http://collector.example:4318')).toEqual([
      expect.stringMatching(/^telemetry\.headers: .*https$/),
    ]);
    expect(at('http://127.0.0.1:4318')).toEqual([]);
    expect(at('http://[::1]:4318')).toEqual([]);
    expect(at('https://collector.example')).toEqual([]);
  });
});

describe('monitoring', () => {
  test('are not served unless it is said', () => {
    expect(load({ alsoListen: [{ port: 0 }] }).listeners.map(({ monitoring }) => monitoring)).toEqual([
      false,
      false,
    ]);
  });

  test('leave a listener for decisions', () => {
    expect(parseProblems({ ...testConfig(), listen: { monitoring: 'only' } })).toEqual([
      expect.stringMatching(/^listen\.monitoring: leaves no listener/),
    ]);
    const apart = { ...testConfig(), alsoListen: [{ port: 9090, host: '0.0.0.0', monitoring: 'only' }] };
    expect(parseProblems(apart)).toEqual([]);
    expect(load(apart).warnings).toEqual([]);
  });

  test('beside decisions are for this machine; elsewhere there is a warning', () => {
    expect(load({ listen: { monitoring: true } }).warnings).toEqual([]);
    expect(load({ listen: { host: '0.0.0.0', monitoring: true } }).warnings).toMatchObject([
      { path: ['listen', 'monitoring'] },
    ]);
  });
});
