import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { buildApp, type AppOptions } from '../../src/http/app.ts';
import { createSurface, type SurfaceOptions } from '../../src/http/surface.ts';
import { createLogger } from '../../src/http/logging.ts';
import type { DeviceDirectory } from '../../src/node/deviceDirectory.ts';
import { fakeDirectory, managedDevice } from './fakeDirectory.ts';
import { CALLER, testNode } from './testNode.ts';
import { testPolicies } from './testPolicies.ts';

export const API_KEY = 'igk_test_0123456789abcdefghijklmnopqrstuv';
export const OTHER_KEY = 'igk_other_0123456789abcdefghijklmnopqrstu';

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** An app with one node, one caller who may ask it and one who may not; `log` collects what it logs. */
export function testApp(
  directory: DeviceDirectory = fakeDirectory([managedDevice()]),
  changes: Partial<SurfaceOptions & AppOptions> = {},
): { readonly app: FastifyInstance; readonly log: string[] } {
  const log: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log.push(chunk.toString());
      done();
    },
  });
  const node = testNode(directory, { saveDeviceProperties: 'all' });
  const surface = createSurface({
    nodes: new Map([['default', node]]),
    proxies: [],
    policies: testPolicies({ default: node }),
    callers: [
      { name: CALLER, apiKeySha256: [sha256(API_KEY)], certificateSha256: [], nodes: ['default'] },
      { name: 'other', apiKeySha256: [sha256(OTHER_KEY)], certificateSha256: [], nodes: [] },
    ],
    ...changes,
  });
  const app = buildApp({
    surface: () => surface,
    listener: { isUnixSocket: false },
    logger: createLogger('trace', sink),
    bodyBytes: 65_536,
    ...changes,
  });
  return { app, log };
}
