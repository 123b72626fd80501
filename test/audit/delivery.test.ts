import { createHmac } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createSecurityEventSender } from '../../src/audit/delivery/securityEventSender.ts';
import { parseSecurityEventKey } from '../../src/audit/delivery/securityEventKey.ts';
import { createSpool } from '../../src/audit/delivery/spool.ts';
import { createSpooledSink } from '../../src/audit/delivery/spooledSink.ts';
import { createWebhookSender } from '../../src/audit/delivery/webhookSender.ts';
import type { EventSink, RecordedEvent, SinkTrouble } from '../../src/audit/eventSink.ts';
import type { CloudEvent } from '../../src/events/cloudEvent.ts';
import { createDispatcher } from '../../src/graph/dispatcher.ts';
import { createSessionKey } from '../../src/sessions/sessionKeys.ts';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { AUDIT_NOW, eventJson } from './auditLog.ts';
import { startReceiver, type Receiver } from './recordingGate.ts';

const parent = temporaryFolder();
const sinks: EventSink[] = [];
const receivers: Receiver[] = [];

afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.close(AbortSignal.timeout(2_000));
  for (const receiver of receivers.splice(0)) await receiver.close();
});

interface Options {
  readonly folder?: string;
  readonly mostBytes?: number;
  readonly deadlineMs?: number;
  readonly caPems?: readonly string[];
  readonly secret?: string;
  readonly kind?: 'webhook' | 'caep';
}

function open(url: string, options: Options = {}) {
  const { folder = mkdtempSync(join(parent, 'spool-')), mostBytes = 1_000_000, kind = 'webhook' } = options;
  const troubles: SinkTrouble[] = [];
  const way = {
    url,
    deadlineMs: options.deadlineMs ?? 2_000,
    dispatcher: createDispatcher({ connectTimeoutMs: 2_000, extraCaPems: options.caPems }),
  };
  const sender =
    kind === 'webhook'
      ? createWebhookSender({ ...way, secret: options.secret, token: undefined, now: () => AUDIT_NOW })
      : createSecurityEventSender({
          ...way,
          token: undefined,
          issuer: 'https://gate.example',
          audience: ['https://receiver.example', 'https://other.example'],
          subject: 'opaque',
          deviceId: 'intune',
          tenantIdOf: () => undefined,
          key: parseSecurityEventKey(
            createSessionKey().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
          ),
        });
  const sink = createSpooledSink({
    spool: createSpool({ folder, mostBytes, fileBytes: 4_000 }),
    sender,
    random: () => 0,
    onTrouble: (trouble) => troubles.push(trouble),
    firstPauseMs: 20,
  });
  sinks.push(sink);
  return { sink, folder, troubles };
}

async function receive(...args: Parameters<typeof startReceiver>): Promise<Receiver> {
  const receiver = await startReceiver(...args);
  receivers.push(receiver);
  return receiver;
}

function events(count: number, from = 0): RecordedEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const json = eventJson(from + index);
    return { event: JSON.parse(json) as CloudEvent, json };
  });
}

const idsOf = (body: string): string[] => (JSON.parse(body) as CloudEvent[]).map(({ id }) => id);
const names = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `decision-${from + index}`);

/** Ids in the order in which they were first taken. */
const taken = ({ received }: Receiver, statuses?: readonly number[]): string[] => [
  ...new Set(
    received.filter((_, index) => (statuses?.[index] ?? 200) < 300).flatMap(({ body }) => idsOf(body)),
  ),
];

describe('a webhook', () => {
  test('gets all events in order, in batches, signed over time and body', async () => {
    const receiver = await receive(() => 200);
    const { sink } = open(receiver.url, { secret: 'the secret of the webhook' });
    sink.start();
    sink.take(events(250));
    await vi.waitFor(() => expect(sink.status().delivered).toBe(250), { timeout: 5_000 });
    expect(taken(receiver)).toEqual(names(250));
    expect(receiver.received.length).toBeLessThan(20);
    for (const { headers, body } of receiver.received) {
      expect(headers['content-type']).toBe('application/cloudevents-batch+json; charset=utf-8');
      const seconds = Math.floor(AUDIT_NOW / 1_000);
      const mac = createHmac('sha256', 'the secret of the webhook')
        .update(`${seconds}.${body}`)
        .digest('hex');
      expect(headers['x-intune-gate-signature']).toBe(`t=${seconds},v1=${mac}`);
    }
    expect(sink.status()).toEqual({
      waiting: 0,
      delivered: 250,
      refused: 0,
      lost: 0,
      failures: 0,
      failing: false,
    });
  });

  test.each([
    ['500', 500],
    ['503 with Retry-After', { status: 503, headers: { 'retry-after': '0' } }],
    ['429', 429],
    ['401, as keys can be put right', 401],
    ['404', 404],
    ['a redirect, which is not followed', { status: 307, headers: { location: 'http://127.0.0.1:1/' } }],
  ] as const)('that answers %s gets them again until it takes them', async (_, answer) => {
    const receiver = await receive((__, index) => (index < 3 ? answer : 202));
    const { sink, troubles } = open(receiver.url);
    sink.start();
    sink.take(events(3));
    await vi.waitFor(() => expect(sink.status().delivered).toBe(3), { timeout: 5_000 });
    expect(receiver.received).toHaveLength(4);
    expect(sink.status()).toMatchObject({ failures: 3, lost: 0, refused: 0, failing: false });
    expect(troubles.map(({ type }) => type)).toEqual(['failing', 'working']);
  });

  test('that answers 503 is left alone for as long as it asks', async () => {
    const receiver = await receive((_, index) =>
      index === 0 ? { status: 503, headers: { 'retry-after': '1' } } : 200,
    );
    const { sink } = open(receiver.url);
    sink.start();
    const started = performance.now();
    sink.take(events(1));
    await vi.waitFor(() => expect(sink.status().delivered).toBe(1), { timeout: 5_000 });
    expect(performance.now() - started).toBeGreaterThan(990);
  });

  test('that never answers is given up after the deadline, and asked again', async () => {
    const receiver = await receive((_, index) => (index === 0 ? undefined : 200));
    const { sink, troubles } = open(receiver.url, { deadlineMs: 200 });
    sink.start();
    sink.take(events(1));
    await vi.waitFor(() => expect(sink.status().delivered).toBe(1), { timeout: 5_000 });
    expect(troubles[0]?.type).toBe('failing');
  });

  test('that refuses one event for good gets the others, and the one is set aside', async () => {
    const receiver = await receive(({ body }) => (body.includes('decision-2"') ? 400 : 200));
    const { sink, folder, troubles } = open(receiver.url);
    sink.start();
    sink.take(events(5));
    await vi.waitFor(() => expect(sink.status()).toMatchObject({ delivered: 4, refused: 1 }), {
      timeout: 5_000,
    });
    expect(readFileSync(join(folder, 'refused.jsonl'), 'utf8')).toBe(`${eventJson(2)}\n`);
    expect(troubles).toEqual([{ type: 'refused', count: 1, detail: 'HTTP 400' }]);
  });

  test('over TLS is believed under its own CA, and under no other', async () => {
    const ca = createCertificateAuthority({ commonName: 'Receivers', now: Date.now });
    const issued = ca.issue({ commonName: 'hook', ipAddresses: ['127.0.0.1'], usage: 'server' });
    const tls = { cert: issued.certificatePem, key: issued.privateKeyPem };
    const receiver = await receive(() => 200, { tls });
    const stranger = open(receiver.url);
    stranger.sink.start();
    stranger.sink.take(events(1));
    await vi.waitFor(() => expect(stranger.sink.status().failures).toBeGreaterThan(0), { timeout: 5_000 });
    expect(receiver.received).toHaveLength(0);
    const friend = open(receiver.url, { caPems: [ca.certificatePem] });
    friend.sink.start();
    friend.sink.take(events(1));
    await vi.waitFor(() => expect(friend.sink.status().delivered).toBe(1), { timeout: 5_000 });
  });

  test('that is down gets everything after a restart, once it is there', async () => {
    const gone = await startReceiver(() => 200);
    await gone.close();
    const before = open(gone.url);
    before.sink.start();
    before.sink.take(events(30));
    await vi.waitFor(() => expect(before.sink.status().failures).toBeGreaterThan(0), { timeout: 5_000 });
    before.sink.take(events(30, 30));
    await before.sink.close(AbortSignal.timeout(2_000));
    const receiver = await receive(() => 200, { port: gone.port });
    const after = open(gone.url, { folder: before.folder });
    after.sink.take(events(30, 60));
    after.sink.start();
    await vi.waitFor(() => expect(after.sink.status().delivered).toBe(90), { timeout: 5_000 });
    expect(taken(receiver)).toEqual(names(90));
    expect(readdirSync(before.folder).filter((name) => name.endsWith('.jsonl'))).toHaveLength(1);
  });

  test('whose spool is full loses the newest ones, counted and told once', async () => {
    const gone = await startReceiver(() => 200);
    await gone.close();
    const size = eventJson(1).length + 20;
    const { sink, troubles } = open(gone.url, { mostBytes: size * 10 });
    sink.start();
    sink.take(events(50));
    await vi.waitFor(() => expect(sink.status().lost).toBeGreaterThan(0), { timeout: 5_000 });
    const { waiting, lost } = sink.status();
    expect(waiting + lost).toBe(50);
    expect(waiting).toBeGreaterThanOrEqual(10);
    sink.take(events(5));
    await vi.waitFor(() => expect(sink.status().lost).toBe(lost + 5), { timeout: 5_000 });
    expect(troubles.filter(({ type }) => type === 'lost')).toHaveLength(1);
  });
});

describe('a spool', () => {
  test('whose last line is torn goes on without it', async () => {
    const folder = mkdtempSync(join(parent, 'spool-'));
    const first = createSpool({ folder, mostBytes: 100_000 });
    await first.open();
    await first.add(['{"a":1}', '{"a":2}', '{"a":3}']);
    await first.close();
    const file = readdirSync(folder).find((name) => name.endsWith('.jsonl')) ?? '';
    truncateSync(join(folder, file), 20);
    const second = createSpool({ folder, mostBytes: 100_000 });
    await second.open();
    expect(second.length).toBe(2);
    await second.add(['{"a":4}']);
    expect(await second.oldest(10)).toEqual(['{"a":1}', '{"a":2}', '{"a":4}']);
    await second.close();
  });

  test('that lost its place sends again rather than never', async () => {
    const folder = mkdtempSync(join(parent, 'spool-'));
    const first = createSpool({ folder, mostBytes: 100_000 });
    await first.open();
    await first.add(['{"a":1}', '{"a":2}']);
    await first.drop(1);
    await first.close();
    expect(existsSync(join(folder, 'cursor.json'))).toBe(true);
    writeFileSync(join(folder, 'cursor.json'), '{"segm');
    const second = createSpool({ folder, mostBytes: 100_000 });
    await second.open();
    expect(await second.oldest(10)).toEqual(['{"a":1}', '{"a":2}']);
    await second.close();
  });

  test('is for one process', async () => {
    const folder = mkdtempSync(join(parent, 'spool-'));
    const first = createSpool({ folder, mostBytes: 100_000 });
    await first.open();
    await expect(createSpool({ folder, mostBytes: 100_000 }).open()).rejects.toThrow('another process');
    await first.close();
  });
});

describe('a receiver of security events', () => {
  const change = (id: string): RecordedEvent => {
    const event = { ...events(1).at(0)?.event, id, type: 'DEVICE_BECAME_COMPLIANT' } as CloudEvent;
    return { event, json: JSON.stringify(event) };
  };

  test.each([
    ['invalid_request', true],
    ['invalid_issuer', true],
    ['authentication_failed', false],
    ['access_denied', false],
  ])('that answers 400 %s refuses for good: %s', async (err, isFinal) => {
    const receiver = await receive((_, index) =>
      index < 2 ? { status: 400, body: JSON.stringify({ err, description: 'secret text' }) } : 202,
    );
    const { sink, troubles } = open(receiver.url, { kind: 'caep' });
    sink.start();
    sink.take([change('one')]);
    await vi.waitFor(() => expect(sink.status()).toMatchObject(isFinal ? { refused: 1 } : { delivered: 1 }), {
      timeout: 5_000,
    });
    expect(JSON.stringify(troubles)).toContain(err);
    expect(JSON.stringify(troubles)).not.toContain('secret text');
  });

  test('gets the same claims for the same event', async () => {
    const receiver = await receive((_, index) => (index === 0 ? 500 : 202));
    const { sink } = open(receiver.url, { kind: 'caep' });
    sink.start();
    sink.take([change('one')]);
    await vi.waitFor(() => expect(sink.status().delivered).toBe(1), { timeout: 5_000 });
    const claims = receiver.received.map(
      ({ body }) =>
        JSON.parse(Buffer.from(body.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>,
    );
    expect(claims[0]).toEqual(claims[1]);
    expect(claims[0]).toMatchObject({
      aud: ['https://receiver.example', 'https://other.example'],
      jti: 'one',
      sub_id: { format: 'opaque', id: '5b0d9c39-7e1a-4a3e-9f0b-6f2d3c1a0001' },
    });
  });
});
