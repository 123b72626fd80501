import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { findJourneyFiles } from '../../src/journeys/format/findJourneyFiles.ts';
import { readJourneys } from '../../src/journeys/format/readJourneys.ts';
import { createGateFolder } from '../cli/gateFolder.ts';
import { findProgram } from './program.ts';

const execute = promisify(execFile);
const examples = fileURLToPath(new URL('../../examples/journeys/', import.meta.url));
const readme = readFileSync(join(examples, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/```sh\n([^]*?)```/g)].map(([, block = '']) => block);
const NAME = 'BringYourOwnDevice';
const jq = findProgram('jq', 'jq');

/** The example with a script in it, read from the file itself. */
const original = readJourneys([
  { name: NAME, content: readFileSync(join(examples, `${NAME}.journey.json`)) },
]);

describe.skipIf(jq === undefined)('the README of the example journeys', () => {
  const folder = createGateFolder();
  afterAll(() => folder.remove());
  cpSync(join(examples, `${NAME}.journey.json`), join(folder.path, `${NAME}.journey.json`));

  async function run(script: string): Promise<void> {
    const ready = script.replaceAll('IntuneDeviceCompliance', NAME).replace(/^intune-gate .*$/m, '');
    await execute('sh', ['-ec', ready], {
      cwd: folder.path,
      env: { PATH: process.env['PATH'], token: 'AQIC' },
    });
  }

  test('puts every script, node and tree over REST, what is needed first', async () => {
    const block = blocks.find((one) => one.includes('curl'));
    const puts: { path: string; token: unknown; body: Record<string, unknown> }[] = [];
    const am = createServer((request, response) => {
      let text = '';
      request.on('data', (part: Buffer) => (text += part.toString()));
      request.on('end', () => {
        const body = JSON.parse(text) as Record<string, unknown>;
        puts.push({ path: request.url ?? '', token: request.headers['iplanetdirectorypro'], body });
        response.writeHead(201, { 'content-type': 'application/json' }).end(text);
      });
    }).listen(0, '127.0.0.1');
    await once(am, 'listening');
    const { port } = am.address() as AddressInfo;
    await run((block ?? '').replace('https://am.example.com', `http://127.0.0.1:${port}`));
    am.close();
    const base = '/am/json/realms/root/realms/alpha/';
    const tree = original.set.journeys.get(NAME);
    const nodes = [...(tree?.nodes.values() ?? [])].flatMap((node) => [node, ...node.children]);
    const [script] = original.set.scripts.values();
    expect(puts.every(({ token }) => token === 'AQIC')).toBe(true);
    const paths = puts.map(({ path }) => path.replace(base, ''));
    expect(paths[0]).toBe(`scripts/${script?.id}`);
    expect(Buffer.from(String(puts[0]?.body['script']), 'base64').toString()).toBe(script?.text);
    const trees = 'realm-config/authentication/authenticationtrees';
    expect(new Set(paths.slice(1, -1))).toEqual(
      new Set(nodes.map(({ type, id }) => `${trees}/nodes/${type}/${id}`)),
    );
    expect(paths.at(-1)).toBe(`${trees}/trees/${NAME}`);
    // The nodes of a page are there before the page.
    const page = paths.findIndex((path) => path.includes('/PageNode/'));
    expect(page).toBeGreaterThan(paths.findIndex((path) => path.includes('/UsernameCollectorNode/')));
  });

  test('writes what Amster reads', async () => {
    await run(`file=${NAME}.journey.json\n${blocks.find((one) => one.includes('mkdir')) ?? ''}`);
    const found = findJourneyFiles(join(folder.path, 'amster'));
    if (!found.ok) throw new Error(found.problem);
    const { set, findings } = readJourneys(found.files);
    expect(findings).toEqual([]);
    const shape = (read: typeof set) =>
      [...(read.journeys.get(NAME)?.nodes.values() ?? [])]
        .map(({ id, type, connections, children }) => [
          id,
          type,
          [...connections],
          children.map((child) => child.type),
        ])
        .sort(([one], [other]) => String(one).localeCompare(String(other)));
    expect(shape(set)).toEqual(shape(original.set));
  });
});
