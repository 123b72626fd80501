import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createGateFolder } from '../cli/gateFolder.ts';
import { runGate, type Run } from '../cli/runGate.ts';
import { compliantDevice } from './deviceCertificates.ts';
import { GATE_SECRET, openFrontDoor, type FrontDoor } from './frontDoor.ts';
import { WELCOME } from './guardedApp.ts';
import { inParallel } from './inParallel.ts';
import { exampleOf, findProgram, PROXY_SERVERS, type ProxyServer } from './proxyServers.ts';
import { exchange } from './rawClient.ts';
import { certificateAttempts } from './certificateAttempts.ts';

const folder = createGateFolder();
afterAll(() => folder.remove());

function probe(server: ProxyServer, door: FrontDoor): Promise<Run> {
  const url = `https://localhost:${door.port}/`;
  return runGate([
    'probe',
    url,
    '--config',
    door.configFile,
    '--policy',
    server.name,
    '--ca',
    door.frontCaFile,
  ]);
}

describe.each(PROXY_SERVERS)('$name as in the examples', (server) => {
  const program = findProgram(server.program);

  test.skipIf(program === undefined)('passes the probe', async () => {
    const door = await openFrontDoor(server, program ?? '');
    try {
      const { exitCode, out } = await probe(server, door);
      expect(out).toMatch(/None of \d+ forged requests came through/);
      expect(exitCode).toBe(0);
    } finally {
      await door.close();
    }
  });
});

describe('a careless nginx', () => {
  const server = PROXY_SERVERS.find(({ name }) => name === 'nginx');
  const program = findProgram('nginx');

  /** The example with one thing changed; each must be there to be changed. */
  function carelessly(...changes: readonly (readonly [from: string, to: string])[]): string {
    let text = readFileSync(exampleOf({ file: 'nginx/default.conf.template' }), 'utf8');
    for (const [from, to] of changes) {
      expect(text).toContain(from);
      text = text.replaceAll(from, to);
    }
    const file = join(folder.path, 'careless.conf.template');
    writeFileSync(file, text);
    return file;
  }

  const PASSES_ALL = ['proxy_pass_request_headers off;', ''] as const;
  const SETS_NO_CERTIFICATE = [
    'proxy_set_header X-SSL-Client-Cert $ssl_client_escaped_cert;\n        proxy_set_header X-SSL-Client-Verify $ssl_client_verify;',
    '',
  ] as const;

  test.skipIf(program === undefined).each([
    ['that sets no certificate', [PASSES_ALL, SETS_NO_CERTIFICATE], 'X-SSL-Client-Cert: arrived'],
    [
      'that passes names with underscores',
      [PASSES_ALL, ['underscores_in_headers off;', 'underscores_in_headers on;'] as const],
      'X_SSL_Client_Cert: arrived (403 headerSpoofed)',
    ],
  ])('%s is found by the probe', async (_, changes, finding) => {
    if (server === undefined) throw new Error('there is no nginx among the proxies');
    const door = await openFrontDoor(server, program ?? '', { example: carelessly(...changes) });
    try {
      const { exitCode, out } = await probe(server, door);
      expect(out).toContain(finding);
      expect(exitCode).toBe(1);
    } finally {
      await door.close();
    }
  });

  test.skipIf(program === undefined)('lets a stolen certificate in: the attempts are real', async () => {
    if (server === undefined) throw new Error('there is no nginx among the proxies');
    const door = await openFrontDoor(server, program ?? '', {
      example: carelessly(PASSES_ALL, SETS_NO_CERTIFICATE),
    });
    try {
      const forgery = {
        headers: server.headers,
        stolen: compliantDevice.minted,
        secret: ['X-Gate-Secret', GATE_SECRET] as const,
      };
      const attempts = certificateAttempts(forgery);
      const answers = await inParallel(attempts, 8, ({ request }) =>
        exchange({ port: door.port }, Buffer.from(request, 'latin1')),
      );
      const allowed = attempts.filter((_, index) => answers[index]?.raw.includes(WELCOME) === true);
      expect(allowed.map(({ label }) => label)).toContain('the header as X-SSL-Client-Cert');
      expect(allowed.length).toBeGreaterThan(20);
    } finally {
      await door.close();
    }
  });
});
