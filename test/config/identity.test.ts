import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { createGateFolder, type GateFolder } from '../cli/gateFolder.ts';
import { changed, parseProblems, testConfig, SECRET, thrownProblems } from './testConfig.ts';

const STATE = { folder: 'state', key: { env: 'STATE_KEY' } };
const LDAP = {
  kind: 'ldap',
  url: 'ldaps://ldap.contoso.example',
  bindDn: 'cn=gate',
  bindPassword: { env: 'LDAP_PASSWORD' },
  baseDn: 'dc=contoso,dc=example',
};
const ENVIRONMENT = { GATE_SECRET: 'v', STATE_KEY: 's'.repeat(32), LDAP_PASSWORD: 'l', MAIL_PASSWORD: 'm' };

test('what docs/people.md shows is a good configuration', () => {
  const page = readFileSync(new URL('../../docs/people.md', import.meta.url), 'utf8');
  const shown = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => parse(text) as object);
  expect(shown.map((part) => Object.keys(part))).toEqual([['identity'], ['identity'], ['mail']]);
  for (const part of shown) expect(parseProblems({ ...testConfig(), ...part })).toEqual([]);
});

describe('identity', () => {
  const folders: GateFolder[] = [];
  let folder: GateFolder;
  afterAll(() => {
    for (const used of folders) used.remove();
  });
  beforeEach(() => {
    folder = createGateFolder();
    folders.push(folder);
    mkdirSync(join(folder.path, 'state'), { mode: 0o700 });
  });
  const load = (identity: unknown, environment: Record<string, string> = ENVIRONMENT) =>
    loadConfig(folder.config(changed(['identity'], identity)), environment);

  test('of a file has defaults', () => {
    const { identity, secrets } = load({ store: { kind: 'file', file: 'users.yaml' }, state: STATE });
    expect(identity).toEqual({
      store: { kind: 'file', file: join(folder.path, 'users.yaml') },
      state: { folder: join(folder.path, 'state'), key: 's'.repeat(32), previousKeys: [] },
      lockout: { failures: 5, windowMs: 900_000, lockMs: 900_000 },
    });
    expect(secrets).toContain('s'.repeat(32));
  });

  test.each([
    ['ldaps://ldap.example', {}, { host: 'ldap.example', port: 636, security: 'tls' }],
    ['ldaps://ldap.example:1636/', {}, { host: 'ldap.example', port: 1636, security: 'tls' }],
    ['ldap://ldap.example', { startTls: true }, { host: 'ldap.example', port: 389, security: 'startTls' }],
    ['ldap://[::1]:1389', {}, { host: '::1', port: 1389, security: 'none' }],
    ['ldap://127.0.0.1', {}, { host: '127.0.0.1', port: 389, security: 'none' }],
    ['ldap://localhost', {}, { host: 'localhost', port: 389, security: 'none' }],
  ])('of a directory at %s', (url, more, settings) => {
    const { identity } = load({ store: { ...LDAP, url, ...more }, state: STATE });
    expect(identity?.store).toMatchObject({ kind: 'ldap', settings: { ...settings, bindPassword: 'l' } });
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      'clear text to another machine',
      { url: 'ldap://ldap.example' },
      'identity.store.url: would send passwords in clear',
    ],
    ['two kinds of TLS', { startTls: true }, 'identity.store.startTls: belongs to ldap://'],
    ['another scheme', { url: 'https://ldap.example' }, 'identity.store.url: must be an address like'],
    [
      'a password in the address',
      { url: `ldaps://u:${SECRET}@h` },
      'identity.store.url: must be an address like',
    ],
    ['a base in the address', { url: 'ldaps://h/dc=x' }, 'identity.store.url: must be an address like'],
    [
      'a filter without a name',
      { userFilter: '(uid=a)' },
      'identity.store.userFilter: must be an LDAP filter',
    ],
    [
      'an attribute of passwords',
      { attributes: { p: 'userPassword' } },
      'identity.store.attributes.p: is an attribute that holds a secret',
    ],
    ['a secret in its place', { bindPassword: SECRET }, 'identity.store.bindPassword: must be an object'],
    [
      'a secret as a key',
      { bindPassword: { [SECRET]: 'x' } },
      'identity.store.bindPassword: has a key other than',
    ],
  ])('refuses %s', (_, more, problem) => {
    const problems = parseProblems(changed(['identity'], { store: { ...LDAP, ...more }, state: STATE }));
    expect(problems.join('\n')).toContain(problem);
    expect(problems.join('\n')).not.toContain(SECRET);
  });

  test('refuses a short key, and a folder that is not there or open to others', () => {
    const store = { kind: 'file', file: 'users.yaml' };
    expect(
      thrownProblems(() => load({ store, state: STATE }, { ...ENVIRONMENT, STATE_KEY: 's'.repeat(31) })),
    ).toEqual(['identity.state.key: is too short; it needs at least 32 characters']);
    expect(thrownProblems(() => load({ store, state: { ...STATE, folder: 'none' } }))).toEqual([
      'identity.state.folder: names a folder that cannot be used: there is no such file; to make it: mkdir -m 700',
    ]);
    chmodSync(join(folder.path, 'state'), 0o750);
    expect(thrownProblems(() => load({ store, state: STATE }))).toEqual([
      'identity.state.folder: names a folder that others may enter; run: chmod 700',
    ]);
  });
});

describe('mail', () => {
  const mail = (server: Record<string, unknown>) => changed(['mail'], { servers: [server] });

  test('demands TLS, and keeps the password a secret', () => {
    const folder = createGateFolder();
    try {
      const login = { username: 'gate', password: { env: 'MAIL_PASSWORD' } };
      const { mailServers, secrets } = loadConfig(
        folder.config(mail({ host: 'mail.example', ...login })),
        ENVIRONMENT,
      );
      expect(mailServers).toEqual([
        {
          host: 'mail.example',
          port: 587,
          security: 'startTls',
          timeoutMs: 10_000,
          login: { username: 'gate', password: 'm' },
        },
      ]);
      expect(secrets).toContain('m');
    } finally {
      folder.remove();
    }
  });

  test.each([
    [{ host: 'mail.example', security: 'none' }, 'mail.servers.0.security: would send messages in clear'],
    [{ host: 'mail.example', username: 'u' }, 'mail.servers.0.username: and `password` belong together'],
    [{ host: 'https://mail' }, 'mail.servers.0.host: must be a host name or an address'],
  ])('%j is refused', (server, problem) => {
    expect(parseProblems(mail(server)).join('\n')).toContain(problem);
  });

  test.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('without TLS it goes to %s', (host) => {
    expect(parseProblems(mail({ host, security: 'none' }))).toEqual([]);
  });

  test('one server is listed once', () => {
    const servers = [{ host: 'mail.example' }, { host: 'MAIL.example' }];
    const folder = createGateFolder();
    try {
      const file = folder.config(changed(['mail'], { servers }));
      expect(thrownProblems(() => loadConfig(file, ENVIRONMENT))).toEqual([
        'mail.servers.1: is listed twice',
      ]);
    } finally {
      folder.remove();
    }
  });
});
