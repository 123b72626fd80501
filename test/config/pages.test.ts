import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GateConfig } from '../../src/config/gateConfig.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { createGateFolder, type GateFolder } from '../cli/gateFolder.ts';
import { parseProblems, testConfig, thrownProblems } from './testConfig.ts';

const JOURNEYS = fileURLToPath(new URL('../../examples/pages', import.meta.url));

let folder: GateFolder;
beforeEach(() => {
  folder = createGateFolder();
});
afterEach(() => {
  folder.remove();
});

const load = (config: unknown): GateConfig =>
  loadConfig(folder.config(config), { GATE_SECRET: 'from-the-environment' });
const withPages = (pages: object, more: object = {}): object => ({
  ...testConfig(),
  journeys: { files: [JOURNEYS] },
  pages,
  ...more,
});

describe('pages', () => {
  test('are off where nothing is said', () => {
    const config = load(testConfig());
    expect(config.pages).toBeUndefined();
    expect(config.stepUp).toMatchObject({ allowedHosts: [] });
  });

  test('tell nobody anything, and no device to do anything, unless somebody says so', () => {
    expect(load(withPages({})).pages).toMatchObject({
      node: 'default',
      tellDevices: false,
      recheckSeconds: 120,
      watchSeconds: 300,
      callers: [],
    });
  });

  test.each([
    [{ node: 'x' }, {}, 'pages.node: there is no node of this name'],
    [{ callers: ['x'] }, {}, 'pages.callers.0: there is no caller of this name'],
    [{}, { journeys: undefined }, 'pages: needs journeys: nobody could sign in without'],
    [{ recheckSeconds: 1 }, {}, 'pages.recheckSeconds'],
    [{}, { stepUp: { allowedHosts: ['https://app.example'] } }, 'stepUp.allowedHosts.0: must be a host'],
    [{}, { stepUp: { allowedHosts: ['*'] } }, 'stepUp.allowedHosts.0: must be a host'],
    [{}, { stepUp: { allowedHosts: ['*.com'] } }, 'stepUp.allowedHosts.0: must be a host'],
  ])('%j %j are refused', (pages, more, problem) => {
    expect(parseProblems(withPages(pages, more)).join('\n')).toContain(problem);
  });
});

describe('texts of one’s own', () => {
  const write = (name: string, content: string): void => {
    mkdirSync(join(folder.path, 'texts'), { recursive: true });
    writeFileSync(join(folder.path, 'texts', name), content);
  };
  const texts = { textsFolder: 'texts' };

  test('are laid over those that come along, and watched', () => {
    write('de.json', '\uFEFF{\r\n "login.title": "Willkommen" }\r\n');
    write('fr.json', '{"login.title": "Connexion"}');
    write('README.md', 'no texts');
    const config = load(withPages(texts));
    expect(config.pages?.texts.get('de')).toMatchObject({
      'login.title': 'Willkommen',
      'login.next': 'Weiter',
    });
    expect(config.pages?.texts.get('fr')).toEqual({ 'login.title': 'Connexion' });
    expect([...config.files.keys()]).toEqual(
      expect.arrayContaining([join(folder.path, 'texts'), join(folder.path, 'texts', 'de.json')]),
    );
    expect(config.warnings.filter(({ path }) => path[0] === 'pages')).toEqual([]);
  });

  test('with a key that no page uses are told', () => {
    write('de.json', '{"login.titel": "Willkommen"}');
    expect(load(withPages(texts)).warnings.map(({ message }) => message)).toContain(
      'holds de.json with a key that no page uses',
    );
  });

  test.each([
    ['de.json', '{', 'holds de.json, which is no JSON'],
    ['de.json', '{"login.title": 1}', 'holds de.json, which has a value that is no text'],
    ['german language.json', '{}', 'holds a file that is not named after a language'],
  ])('%s with %s are refused', (name, content, problem) => {
    write(name, content);
    expect(thrownProblems(() => load(withPages(texts))).join('\n')).toContain(problem);
  });

  test('need their folder', () => {
    expect(thrownProblems(() => load(withPages(texts))).join('\n')).toContain(
      'names a folder that cannot be read: there is no such file',
    );
  });
});
