import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { escapeControlsByLine } from '../../src/cli/escapeControls.ts';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { FAILURE, journeyFile, LOGIN, SUCCESS, treeExport } from '../support/journeyFixtures.ts';
import { configWith, createGateFolder, simulatedTenant, type GateFolder } from './gateFolder.ts';
import { runGate } from './runGate.ts';

let simulator: Simulator;
let folder: GateFolder;
beforeAll(async () => {
  simulator = await startSimulator({ host: '127.0.0.1', port: 0 });
});
afterAll(() => simulator.close());
beforeEach(() => {
  folder = createGateFolder();
});
afterEach(() => folder.remove());

const good = () => folder.file('good.json', journeyFile({ Login: LOGIN }).content);

describe('journey check', () => {
  test('says that nothing is wrong', async () => {
    expect(await runGate(['journey', 'check', good()])).toEqual({
      exitCode: 0,
      out: '1 journey, 0 errors, 0 warnings.\n',
      err: '',
    });
  });

  test('tells everything, each with its place', async () => {
    const bad = folder.file(
      'bad.json',
      journeyFile({ Bad: { nodes: { a: { type: 'KbaCreateNode', to: { x: 'b' } } } } }).content,
    );
    const { exitCode, out } = await runGate(['journey', 'check', good(), bad]);
    expect(exitCode).toBe(1);
    expect(out).toContain(
      `error unknownType: ${bad}, tree Bad, node a, at /trees/Bad/tree/nodes/a: the node type KbaCreateNode is not supported\n`,
    );
    expect(out).toContain('error danglingConnection');
    expect(out).toMatch(/2 journeys, 2 errors, 0 warnings\.\n$/);
  });

  test('prints JSON, and no control characters of a file', async () => {
    const odd = folder.file(
      'odd.json',
      journeyFile({ 'a\u001b[2J': { nodes: { n: { type: '\u202eX', to: {} } } } }).content,
    );
    const { out } = await runGate(['journey', 'check', odd, '--json']);
    const { journeys, findings } = JSON.parse(out) as { journeys: unknown; findings: object[] };
    expect(journeys).toEqual([{ name: 'a\u001b[2J', runs: false }]);
    expect(findings[0]).toMatchObject({ severity: 'error', code: 'unknownType', file: odd, node: 'n' });
    expect(escapeControlsByLine(out)).toBe(out);
    const plain = (await runGate(['journey', 'check', odd])).out;
    expect(escapeControlsByLine(plain)).toBe(plain);
  });

  test('reads a folder', async () => {
    good();
    folder.file('notes.json', '{"no":"journey"}');
    expect(await runGate(['journey', 'check', folder.path])).toMatchObject({ exitCode: 0 });
  });

  test.each([
    [['journey'], 'say `journey check FILE...`'],
    [['journey', 'check'], 'say `journey check FILE...`'],
    [['journey', 'paint', 'x'], 'or `journey draw FILE...`'],
    [['journey', 'draw', 'x', '--json'], '--json belongs to `journey check` and `journey run`'],
    [['journey', 'draw', 'x', '--format', 'png'], '--format is svg or mermaid'],
    [['journey', 'check', 'x', '--out', 'y'], '--out belongs to `journey draw`'],
    [['journey', 'check', 'gone.json'], 'gone.json cannot be read: there is no such file'],
    [['journey', 'check', 'x', '--tree', 'y'], '--tree belongs to `journey run` and `journey draw`'],
    [['journey', 'check', 'x', '--header', 'a: b'], '--header belongs to `journey run`'],
  ])('%j is a usage mistake', async (args, message) => {
    const { exitCode, err } = await runGate(args);
    expect(exitCode).toBe(2);
    expect(err).toContain(message);
  });
});

describe('journey draw', () => {
  const several = () =>
    folder.file(
      'several.json',
      journeyFile({ Login: LOGIN, Odd: { nodes: { a: { type: 'KbaCreateNode', to: { x: 'b' } } } } }).content,
    );

  test('draws what may not run, too', async () => {
    const { exitCode, out, err } = await runGate(['journey', 'draw', several()]);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(out).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^]*<\/svg>\n$/);
    expect(out).toContain('Journeys Login, Odd');
  });

  test('draws one tree into a file', async () => {
    const picture = folder.file('picture.mmd', 'what was there');
    const args = ['journey', 'draw', several(), '--tree', 'Login', '--format', 'mermaid'];
    expect(await runGate([...args, '--out', picture])).toEqual({ exitCode: 0, out: '', err: '' });
    expect(readFileSync(picture, 'utf8')).toBe((await runGate(args)).out);
    expect(readFileSync(picture, 'utf8')).toMatch(/^flowchart LR\n/);
  });

  test('says what it cannot draw', async () => {
    const lost = await runGate(['journey', 'draw', several(), '--tree', 'Gone\u001b']);
    expect(lost).toEqual({ exitCode: 1, out: '', err: 'there is no journey Gone\\u001b\n' });
    const broken = await runGate(['journey', 'draw', folder.file('broken.json', '{')]);
    expect(broken).toMatchObject({ exitCode: 1, out: '' });
    expect(broken.err).toMatch(/^error unreadable: .*\nthere is no journey to draw\n$/);
    const nodes = Object.fromEntries(
      Array.from({ length: 1_001 }, (_, index) => [`n${index}`, { type: 'T', to: { x: SUCCESS } }]),
    );
    const large = folder.file('large.json', journeyFile({ Large: { nodes } }).content);
    expect((await runGate(['journey', 'draw', large])).err).toContain('here are 1001 and 1001');
    const nowhere = await runGate(['journey', 'draw', several(), '--out', `${folder.path}/no/where.svg`]);
    expect(nowhere).toMatchObject({ exitCode: 2, out: '' });
    expect(nowhere.err).toContain('cannot be written');
  });
});

describe('journey run', () => {
  const asking = () =>
    folder.file(
      'ask.json',
      JSON.stringify(
        treeExport('Ask', {
          nodes: {
            c: {
              type: 'ChoiceCollectorNode',
              to: { yes: 'm', no: FAILURE },
              config: { prompt: 'Go on?', choices: ['yes', 'no'] },
            },
            m: {
              type: 'MessageNode',
              to: { true: 'd', false: FAILURE },
              config: { message: { en: 'Read this' } },
            },
            d: {
              type: 'SetSuccessDetailsNode',
              to: { outcome: SUCCESS },
              config: { successDetails: { done: 'true' } },
            },
          },
          tree: { noSession: true },
        }),
      ),
    );

  test('asks in the terminal', async () => {
    const { exitCode, out, err } = await runGate(['journey', 'run', asking()], { input: '0\n0' });
    expect([exitCode, out]).toEqual([0, 'Success, without a session.\n']);
    expect(err).toBe('  0  yes\n  1  no\nRead this\n  0  Yes\n  1  No\n');
  });

  test('takes answers from a file', async () => {
    const answers = folder.file('answers.json', '[[0],[0]]');
    const { exitCode, out } = await runGate(['journey', 'run', asking(), '--answers', answers, '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ result: 'succeeded', done: true, session: null, tree: 'Ask' });
    const no = folder.file('no.json', '[[1]]');
    expect(await runGate(['journey', 'run', asking(), '--answers', no])).toMatchObject({
      exitCode: 1,
      out: 'Failed: Login failure\n',
    });
    const few = folder.file('few.json', '[[0]]');
    expect(await runGate(['journey', 'run', asking(), '--answers', few])).toMatchObject({ exitCode: 2 });
    const bad = folder.file('bad.json', '{"a":1}');
    expect((await runGate(['journey', 'run', asking(), '--answers', bad])).err).toContain('should be a list');
  });

  test('does not run what may not run', async () => {
    const bad = folder.file(
      'bad.json',
      journeyFile({ Bad: { nodes: { a: { type: 'NoSuchNode' } } } }).content,
    );
    const { exitCode, err } = await runGate(['journey', 'run', bad]);
    expect(exitCode).toBe(2);
    expect(err).toContain('the node type NoSuchNode is not supported');
  });

  test('wants to know which of several', async () => {
    const two = folder.file('two.json', journeyFile({ A: LOGIN, B: LOGIN }).content);
    expect((await runGate(['journey', 'run', two])).err).toContain('--tree NAME is required; there are A, B');
    expect((await runGate(['journey', 'run', two, '--tree', 'C'])).err).toContain('there is no journey C');
  });

  test('asks Intune by the tenant of a configuration; trouble there has its own exit code', async () => {
    const [app] = simulator.world.apps;
    const file = folder.file(
      'intune.json',
      JSON.stringify(
        treeExport('Intune', {
          nodes: {
            i: {
              type: 'IntuneNode',
              to: { COMPLIANT: SUCCESS, NONCOMPLIANT: FAILURE, ERROR: FAILURE, NOID: FAILURE },
              config: { azureTenantId: simulator.world.tenant.id, appRegistrationClientId: app?.clientId },
            },
          },
          tree: { noSession: true },
        }),
      ),
    );
    const config = (tenant: object = {}) =>
      folder.config({
        ...configWith({ ...simulatedTenant(simulator, folder), ...tenant }),
        journeys: { files: [file], from: ['journeys'] },
      });
    const run = (configFile: string, id: string) =>
      runGate(['journey', 'run', file, '--config', configFile, '--header', `x-intune: CN=${id}`]);
    expect(await run(config(), deviceIds.compliant)).toMatchObject({ exitCode: 0 });
    expect(await run(config(), 'nonsense')).toMatchObject({
      exitCode: 1,
      out: expect.stringContaining('deviceIdMalformed') as unknown,
    });
    expect(
      await run(
        config({ graph: 'https://127.0.0.1:1', authority: 'https://127.0.0.1:1' }),
        deviceIds.compliant,
      ),
    ).toMatchObject({ exitCode: 3 });
  });
});

describe('config check', () => {
  const write = (journeys: object) =>
    folder.config({ ...configWith(simulatedTenant(simulator, folder)), journeys });

  test('reads journeys and tells what is wrong with them', async () => {
    const file = folder.file(
      'two.json',
      journeyFile({ Login: LOGIN, Bad: { nodes: { a: { type: 'NoSuchNode' } } } }).content,
    );
    const { exitCode, err } = await runGate(['config', 'check', write({ files: [file], default: 'Login' })]);
    expect(exitCode).toBe(0);
    expect(err).toContain('Journeys: error unknownType');
  });

  test.each<[string, () => object, string]>([
    [
      'a default that may not run',
      () => ({ files: [good()], default: 'Other' }),
      'the default journey Other may not run',
    ],
    [
      'a file there is not',
      () => ({ files: ['gone.json'] }),
      'names a file that cannot be read: there is no such file',
    ],
    [
      'a short secret',
      () => ({ files: [good()], secrets: [{ file: folder.file('s', 'short') }] }),
      'is shorter than 32 characters',
    ],
    [
      'a key that is none',
      () => ({ files: [good()], sessions: { keyFiles: [folder.file('k', 'x')] } }),
      'names a file that is no PEM private key',
    ],
    [
      'a node there is not',
      () => ({ files: [good()], nodeFor: { x: 'gone' } }),
      'there is no node of this name',
    ],
    [
      'a cookie browsers refuse',
      () => ({ files: [good()], sessions: { cookieSameSite: 'None', cookieSecure: false } }),
      'must be true with cookieSameSite None',
    ],
    [
      'an origin with a path',
      () => ({ files: [good()], corsOrigins: ['https://a.example/b'] }),
      'must be an origin without a path',
    ],
    [
      'a range that is none',
      () => ({ files: [good()], peers: ['10.0.0.0/99'] }),
      'is not an address or a range',
    ],
    [
      'somebody unknown in from',
      () => ({ files: [good()], from: ['nobody'] }),
      'journeys.from.0 (line 29): there is no caller or proxy of this name',
    ],
    ['a realm without a slash', () => ({ files: [good()], realm: 'alpha' }), 'must be a realm'],
  ])('%s', async (_, journeys, message) => {
    const { exitCode, err } = await runGate(['config', 'check', write(journeys())]);
    expect(exitCode).toBe(2);
    expect(err).toContain(message);
  });
});
