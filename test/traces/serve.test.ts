import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import {
  API_KEY,
  configWith,
  createGateFolder,
  simulatedTenant,
  type GateFolder,
} from '../cli/gateFolder.ts';
import { endChildren, runChild } from '../cli/runChild.ts';
import { startCollector, type Collector } from './collector.ts';

let simulator: Simulator;
let folder: GateFolder;
let collector: Collector;
beforeAll(async () => {
  simulator = await startSimulator();
  folder = createGateFolder();
});
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(async () => {
  endChildren();
  await collector.close();
});
afterAll(async () => {
  await simulator.close();
  folder.remove();
});

/** One decision of a gate in a process of its own, which then ends. Gives its log. */
async function decideOnce(
  changes: Record<string, unknown>,
  environment: Record<string, string> = {},
): Promise<string> {
  const base = configWith(simulatedTenant(simulator, folder));
  const config = folder.config({ ...base, listen: { port: 0 }, ...changes });
  const child = runChild(['serve', '--config', config], environment);
  const [, origin = ''] = await child.waitFor('err', /"origin":"([^"]+)".*"msg":"listening"/);
  const response = await fetch(`${origin}/v1/decisions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ request: { headers: { 'x-intune': [`CN=${deviceIds.compliant}`] } } }),
  });
  expect(await response.json()).toMatchObject({ outcome: 'Compliant' });
  child.signal('SIGTERM');
  expect(await child.ended).toBe(0);
  return child.err();
}

describe('serve', () => {
  test('sends the traces that are left before it ends', async () => {
    folder.file('collector-key', 'the key of the collector');
    const log = await decideOnce({
      telemetry: { otlpEndpoint: collector.url, headers: { 'X-Api-Key': { file: 'collector-key' } } },
    });
    expect(collector.spans().map(({ name }) => name)).toContain('decision');
    expect(collector.serviceNames()[0]).toBe('intune-gate');
    expect(collector.requests[0]).toMatchObject({
      path: '/v1/traces',
      headers: { 'x-api-key': 'the key of the collector' },
    });
    expect(log).not.toContain('the key of the collector');
  });

  test('takes the collector from the usual variables', async () => {
    await decideOnce(
      {},
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=from%20outside',
        OTEL_SERVICE_NAME: 'gate-7',
      },
    );
    expect(collector.spans().map(({ name }) => name)).toContain('decision');
    expect(collector.serviceNames()[0]).toBe('gate-7');
    expect(collector.requests[0]?.headers['x-api-key']).toBe('from outside');
  });

  test('sends nothing where nothing is configured, or it is turned off', async () => {
    await decideOnce({}, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SDK_DISABLED: 'true' });
    expect(collector.requests).toEqual([]);
  });

  test('says when traces are lost, and goes on', async () => {
    collector.status = 401;
    const log = await decideOnce({ telemetry: { otlpEndpoint: collector.url } });
    expect(log).toMatch(/"level":"warn".*"code":"401".*traces were not taken/);
    expect(log).not.toContain(collector.url);
  });
});

test('what tracing takes is loaded when it is configured, and by nothing else', () => {
  const root = new URL('../../src/', import.meta.url);
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [
      file.replaceAll('\\', '/'),
      readFileSync(new URL(file.replaceAll('\\', '/'), root), 'utf8'),
    ]);
  const importers = (pattern: RegExp): readonly (string | undefined)[] =>
    sources.filter(([, text]) => pattern.test(text ?? '')).map(([file]) => file);
  expect(importers(/^import (?!type)[^;]*'@opentelemetry\//m)).toEqual([
    'traces/otlpTracing.ts',
    'traces/reportFailures.ts',
  ]);
  expect(importers(/^(?:import|export) (?!type)[^;]*\/otlpTracing\.ts'/m)).toEqual([]);
  expect(importers(/^(?:import|export) (?!type)[^;]*\/reportFailures\.ts'/m)).toEqual([
    'traces/otlpTracing.ts',
  ]);
  expect(importers(/await import\('[./]*traces\/otlpTracing\.ts'\)/)).toEqual(['cli/openTracing.ts']);
});
