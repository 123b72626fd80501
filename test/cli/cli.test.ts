import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { configJsonSchema } from '../../src/config/configSchema.ts';
import { configWith, createGateFolder, type GateFolder } from './gateFolder.ts';
import { runGate } from './runGate.ts';

describe('help and version', () => {
  test.each([[[]], [['help']], [['--help']], [['-h']]])(
    '%j prints every command with one line',
    async (args) => {
      const run = await runGate(args);
      expect(run).toMatchObject({ exitCode: 0, err: '' });
      const lines = run.out.split('\n').map((line) => line.replaceAll(/ +/g, ' ').trim());
      expect(lines).toEqual(
        expect.arrayContaining(COMMANDS.map(({ name, summary }) => `${name} ${summary}`)),
      );
      expect(run.out).toContain(
        'Exit codes: 0 success, 1 the answer is no, 2 usage or configuration, 3 upstream trouble.',
      );
    },
  );

  test.each(COMMANDS.map(({ name }) => name))('%s has a help of its own, in three ways', async (name) => {
    const asked = await runGate(['help', name]);
    expect(asked).toMatchObject({ exitCode: 0, err: '' });
    expect(asked.out).toContain(`Usage: intune-gate ${name}`);
    expect(await runGate([name, '--help'])).toEqual(asked);
    expect(await runGate([name, '-h'])).toEqual(asked);
  });

  test('names every option a command takes', async () => {
    expect((await runGate(['help', 'verify'])).out).toMatch(/--tenant[^]*--device-id[^]*--timeout[^]*--json/);
    expect((await runGate(['help', 'decide'])).out).toMatch(
      /--device-id[^]*--context[^]*--caller[^]*--node[^]*--json/,
    );
  });

  test.each(['--version', '-v'])('%s prints the version of the package', async (option) => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await runGate([option])).toEqual({ exitCode: 0, out: `${version}\n`, err: '' });
  });
});

describe('usage mistakes', () => {
  test.each([
    [['dacide'], 'intune-gate: there is no command "dacide". Try: intune-gate help\n'],
    [['help', 'dacide'], 'intune-gate: there is no command "dacide". Try: intune-gate help\n'],
    [['serve'], 'intune-gate serve: --config FILE is required\nTry: intune-gate help serve\n'],
    [
      ['decide'],
      'intune-gate decide: say either --device-id ID or --context FILE\nTry: intune-gate help decide\n',
    ],
    [
      ['decide', '--config', '--json'],
      "intune-gate decide: Option '--config' argument is ambiguous\nTry: intune-gate help decide\n",
    ],
    [['key', '--jsn'], "intune-gate key: Unknown option '--jsn'\nTry: intune-gate help key\n"],
    [['key', 'extra'], "intune-gate key: Unexpected argument 'extra'\nTry: intune-gate help key\n"],
    [
      ['demo', '--port'],
      "intune-gate demo: Option '--port <value>' argument missing\nTry: intune-gate help demo\n",
    ],
    [
      ['demo', '--port', '65536'],
      'intune-gate demo: a port is a number from 0 to 65535\nTry: intune-gate help demo\n',
    ],
    [
      ['simulate', '--port', '0x50'],
      'intune-gate simulate: a port is a number from 0 to 65535\nTry: intune-gate help simulate\n',
    ],
    [
      ['config'],
      'intune-gate config: say `config check FILE` or `config schema`\nTry: intune-gate help config\n',
    ],
    [
      ['config', 'chek', 'x'],
      'intune-gate config: say `config check FILE` or `config schema`\nTry: intune-gate help config\n',
    ],
    [
      ['config', 'check'],
      'intune-gate config: say `config check FILE` or `config schema`\nTry: intune-gate help config\n',
    ],
    [
      ['config', 'check', 'a', 'b'],
      'intune-gate config: say `config check FILE` or `config schema`\nTry: intune-gate help config\n',
    ],
  ])('%j', async (args, err) => {
    expect(await runGate(args)).toEqual({ exitCode: 2, out: '', err });
  });
});

describe('key', () => {
  test('prints a new key and its hash each time', async () => {
    const runs = [await runGate(['key']), await runGate(['key'])];
    const keys = runs.map(({ exitCode, out, err }) => {
      expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
      const [, key = '', hash] = /^key {5}(igk_[\w-]{43})\nsha256 {2}([0-9a-f]{64})\n$/.exec(out) ?? [];
      expect(hash).toBe(createHash('sha256').update(key).digest('hex'));
      return key;
    });
    expect(new Set(keys).size).toBe(2);
  });

  test('--json prints both as one line', async () => {
    const { key, sha256 } = JSON.parse((await runGate(['key', '--json'])).out) as {
      key: string;
      sha256: string;
    };
    expect(sha256).toBe(createHash('sha256').update(key).digest('hex'));
  });
});

describe('config', () => {
  let folder: GateFolder;
  beforeAll(() => {
    folder = createGateFolder();
  });
  afterAll(() => {
    folder.remove();
  });
  const tenant = {
    tenantId: 'contoso.example',
    clientId: '00000000-0000-4000-8000-0000000000c1',
    credential: { kind: 'clientSecret', clientSecret: { env: 'GATE_SECRET' } },
  };

  test('schema prints the JSON Schema', async () => {
    const run = await runGate(['config', 'schema']);
    expect(run).toMatchObject({ exitCode: 0, err: '' });
    expect(JSON.parse(run.out)).toEqual(configJsonSchema());
  });

  test('check says what is there', async () => {
    const file = folder.config(configWith(tenant));
    const run = await runGate(['config', 'check', file], { environment: { GATE_SECRET: 'v' } });
    expect(run).toEqual({
      exitCode: 0,
      out: `${file} is good: 1 node(s), 1 tenant(s), 1 caller(s).\n`,
      err: '',
    });
  });

  test('check tells all mistakes at once, on stderr', async () => {
    const file = folder.config({ ...configWith(tenant), listn: 1, log: { level: 'loud' } });
    const run = await runGate(['config', 'check', file]);
    expect(run).toMatchObject({ exitCode: 2, out: '' });
    expect(run.err).toMatch(
      /has 2 mistakes:\n(.*\n)*.*log\.level \(line \d+\).*\n.*listn \(line \d+\): is no known key; did you mean listen\?\n$/,
    );
  });

  test('check reads what the file names', async () => {
    const run = await runGate(['config', 'check', folder.config(configWith(tenant))]);
    expect(run.exitCode).toBe(2);
    expect(run.err).toMatch(
      /has one mistake:\n.*clientSecret \(line \d+\): names an environment variable that is not set\n$/,
    );
  });

  test('check of a file that is not there', async () => {
    const run = await runGate(['config', 'check', `${folder.path}/absent.yaml`]);
    expect(run).toEqual({
      exitCode: 2,
      out: '',
      err: `intune-gate config: ${folder.path}/absent.yaml cannot be read: there is no such file\n`,
    });
  });

  test('nothing starts where INTUNE_ENABLED is false', async () => {
    const file = folder.config(configWith(tenant));
    for (const args of [
      ['serve', '--config', file],
      ['decide', '--config', file, '--device-id', 'x'],
      ['verify', '--config', file],
      ['config', 'check', file],
    ]) {
      const run = await runGate(args, { environment: { GATE_SECRET: 'v', INTUNE_ENABLED: 'false' } });
      expect(run).toMatchObject({ exitCode: 2, out: '' });
      expect(run.err).toMatch(/INTUNE_ENABLED is false/);
    }
  });
});
