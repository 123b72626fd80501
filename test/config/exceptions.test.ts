import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { GateConfig } from '../../src/config/gateConfig.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { parseExceptions, proposedOf } from '../../src/config/parseExceptions.ts';
import { signApproval } from '../../src/policy/approval.ts';
import { createGateFolder, type GateFolder } from '../cli/gateFolder.ts';
import { runGate } from '../cli/runGate.ts';
import { testConfig, thrownProblems } from './testConfig.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const DEVICE = 'f61dc341-c9c9-40c1-abbd-6997016f4c9e';
const LOAN = {
  id: 'loan-7',
  device: DEVICE,
  policies: ['default'],
  reason: 'A loan device until Friday',
  from: '2026-11-21T00:00:00Z',
  until: '2026-11-28T18:00:00+01:00',
};
const FIRE = { ...LOAN, id: 'fire', kind: 'breakGlass', until: '2026-11-21T04:00:00Z' };

type Approver = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
const approver = (): Approver => generateKeyPairSync('ed25519');
const alice = approver();
const bob = approver();
const PEM = { public: { type: 'spki', format: 'pem' }, private: { type: 'pkcs8', format: 'pem' } } as const;

let folder: GateFolder;
beforeEach(() => {
  folder = createGateFolder();
});
afterEach(() => {
  folder.remove();
});

function approved(exception: object, ...by: readonly (readonly [string, Approver])[]): object {
  const parsed = parseExceptions(JSON.stringify({ exceptions: [exception] }));
  if (!parsed.ok) throw new Error(parsed.problems.join());
  const [one] = parsed.exceptions;
  if (one === undefined) throw new Error('there is none');
  const approvals = by.map(([name, { privateKey }]) => ({
    by: name,
    signature: signApproval(proposedOf(one), privateKey),
  }));
  return { ...exception, approvals };
}

function load(exceptions: readonly object[], more: object = {}, now = NOW): GateConfig {
  folder.file('exceptions.yaml', stringify({ exceptions }));
  return loadConfig(folder.config(config(more)), { GATE_SECRET: 'x' }, () => now);
}

function config(more: object): object {
  folder.file('alice.pem', alice.publicKey.export(PEM.public));
  folder.file('bob.pem', bob.publicKey.export(PEM.public));
  return {
    ...testConfig(),
    exceptions: {
      files: ['exceptions.yaml'],
      approvers: { alice: { publicKeyFile: 'alice.pem' }, bob: { publicKeyFile: 'bob.pem' } },
      ...more,
    },
  };
}

const held = ({ exceptions }: GateConfig): readonly unknown[] =>
  exceptions.map(({ id, approvedBy }) => [id, approvedBy]);

describe('an exception', () => {
  test('holds once somebody who may has approved it', () => {
    const loaded = load([approved(LOAN, ['alice', alice])]);
    expect(loaded.exceptions).toEqual([
      {
        id: 'loan-7',
        kind: 'exception',
        device: DEVICE,
        user: undefined,
        policies: ['default'],
        reason: LOAN.reason,
        approvedBy: ['alice'],
        from: Date.UTC(2026, 10, 21),
        until: Date.UTC(2026, 10, 28, 17),
      },
    ]);
    expect(loaded.warnings).toEqual([]);
    expect([...loaded.files.keys()].filter((file) => /exceptions\.yaml|alice\.pem/.test(file))).toHaveLength(
      2,
    );
  });

  test.each<[string, () => object]>([
    ['nobody', () => LOAN],
    ['a stranger under a known name', () => approved(LOAN, ['alice', approver()])],
    ['a stranger under an own name', () => approved(LOAN, ['mallory', approver()])],
    ['one for another one', () => approved(LOAN, ['bob', alice])],
    ...(
      [
        ['id', 'loan-8'],
        ['device', 'f61dc341-c9c9-40c1-abbd-6997016f4c9f'],
        ['policies', undefined],
        ['reason', 'Something else, of course'],
        ['from', '2026-11-20T00:00:00Z'],
        ['until', '2026-11-29T18:00:00+01:00'],
        ['kind', 'breakGlass'],
      ] as const
    ).map(([key, value]): [string, () => object] => [
      `somebody, before its ${key} was changed`,
      () => ({
        ...approved({ ...LOAN, until: '2026-11-21T03:00:00Z' }, ['alice', alice]),
        until: '2026-11-21T03:00:00Z',
        [key]: value,
      }),
    ]),
  ])('does not hold if it was approved by %s', (_name, make) => {
    const loaded = load([make()], {}, Date.UTC(2026, 10, 21, 1));
    expect(loaded.exceptions).toEqual([]);
    expect(loaded.warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('does not hold: approvals that are missing'),
    ]);
  });

  test('for an emergency takes two people', () => {
    const at = Date.UTC(2026, 10, 21, 1);
    const both = approved(FIRE, ['alice', alice], ['bob', bob]);
    expect(held(load([both], {}, at))).toEqual([['fire', ['alice', 'bob']]]);
    for (const one of [
      approved(FIRE, ['alice', alice]),
      approved(FIRE, ['alice', alice], ['alice', alice]),
      approved(FIRE, ['alice', alice], ['bob', alice]),
      approved(FIRE, ['alice', alice], ['mallory', bob]),
    ]) {
      expect(held(load([one], {}, at))).toEqual([]);
    }
  });

  test('that has ended is left out, and said so', () => {
    const loaded = load([approved(LOAN, ['alice', alice])], {}, Date.UTC(2026, 10, 28, 17));
    expect(loaded.exceptions).toEqual([]);
    expect(loaded.warnings.map(({ message }) => message)).toEqual([
      'holds the exception loan-7, which has ended; it can be removed',
    ]);
  });

  test('holds for nobody without approvers', () => {
    expect(held(load([approved(LOAN, ['alice', alice])], { approvers: {} }))).toEqual([]);
  });

  test.each<[string, object, RegExp]>([
    ['no device and no user', { ...LOAN, device: undefined }, /exactly one/],
    ['both', { ...LOAN, user: 'alice' }, /exactly one/],
    ['no reason', { ...LOAN, reason: 'because' }, /must say why/],
    ['no end', { ...LOAN, until: undefined }, /until/],
    ['an end before its beginning', { ...LOAN, until: '2026-11-20T00:00:00Z' }, /must be after/],
    ['a time without a zone', { ...LOAN, until: '2026-11-22T00:00:00' }, /with its zone/],
    ['more than 90 days', { ...LOAN, until: '2027-02-20T00:00:00Z' }, /90 days/],
    ['more than four hours of an emergency', { ...FIRE, until: '2026-11-21T04:00:01Z' }, /4 hours/],
    ['a device that is none', { ...LOAN, device: 'CN=x' }, /device/],
    ['a policy that there is not', { ...LOAN, policies: ['payroll'] }, /which there is not/],
    ['a key of its own', { ...LOAN, approvedBy: ['alice'] }, /not known/],
  ])('with %s is a mistake', (_name, exception, message) => {
    const problems = thrownProblems(() => load([exception]));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^exceptions\.files\.0: /);
    expect(problems[0]).toMatch(message);
  });

  test('stands once', () => {
    expect(thrownProblems(() => load([LOAN, LOAN]))).toEqual([
      'exceptions.files.0: holds the exception loan-7 a second time',
    ]);
  });

  test('in a file that is none is a mistake', () => {
    folder.file('exceptions.yaml', 'exceptions: [');
    expect(thrownProblems(() => loadConfig(folder.config(config({})), { GATE_SECRET: 'x' }))).toEqual([
      'exceptions.files.0: names a file that is no valid YAML',
    ]);
  });
});

describe('an approver', () => {
  test.each<[string, string | Buffer, string]>([
    ['a private key', alice.privateKey.export(PEM.private), 'without a public key of Ed25519'],
    [
      'another kind of key',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export(PEM.public),
      'without',
    ],
    ['nonsense', 'nonsense', 'without'],
    ['the key of another one', bob.publicKey.export(PEM.public), 'with the key of another approver'],
  ])('with %s is a mistake', (_name, pem, message) => {
    folder.file('carol.pem', pem);
    const approvers = { bob: { publicKeyFile: 'bob.pem' }, carol: { publicKeyFile: 'carol.pem' } };
    const problems = thrownProblems(() => load([], { approvers }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
  });
});

describe('intune-gate exceptions', () => {
  const soon = { ...LOAN, from: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00Z' };
  const keyFile = (): string => folder.file('alice.key', alice.privateKey.export(PEM.private));
  const approve = (file: string, ...more: string[]) =>
    runGate(['exceptions', 'approve', file, '--as', 'alice', ...more]);

  test('approve shows what is approved, and prints what belongs into the file', async () => {
    const file = folder.file('exceptions.yaml', stringify({ exceptions: [LOAN] }));
    const run = await approve(file, '--id', 'loan-7', '--key', keyFile());
    expect(run.exitCode).toBe(0);
    for (const told of [DEVICE, 'default', '2026-11-28T17:00:00.000Z', LOAN.reason])
      expect(run.err).toContain(told);
    const text = `${stringify({ exceptions: [LOAN] }).trimEnd()}\n    approvals:\n${run.out}`;
    folder.file('exceptions.yaml', text);
    const loaded = loadConfig(folder.config(config({})), { GATE_SECRET: 'x' }, () => NOW);
    expect(held(loaded)).toEqual([['loan-7', ['alice']]]);
  });

  test('approve refuses what it cannot sign', async () => {
    const file = folder.file('exceptions.yaml', stringify({ exceptions: [LOAN] }));
    expect((await approve(file, '--id', 'other', '--key', keyFile())).exitCode).toBe(1);
    expect((await approve(file, '--id', 'loan-7')).exitCode).toBe(2);
    const wrong = await approve(file, '--id', 'loan-7', '--key', file);
    expect(wrong.exitCode).toBe(2);
    expect(wrong.err).toContain('holds no private key of Ed25519');
    expect((await approve('nothing.yaml', '--id', 'loan-7', '--key', keyFile())).exitCode).toBe(2);
    folder.file('exceptions.yaml', stringify({ exceptions: [{ ...LOAN, until: 'tomorrow' }] }));
    expect((await approve(file, '--id', 'loan-7', '--key', keyFile())).err).toContain('exceptions.0.until');
    expect((await runGate(['exceptions'])).exitCode).toBe(2);
  });

  test('list shows those that hold, and why others do not', async () => {
    const year = { ...LOAN, from: '2020-01-01T00:00:00Z', until: '2020-03-01T00:00:00Z' };
    const from = new Date(Date.now() - 60_000).toISOString().replace(/\.\d+Z/, 'Z');
    const until = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z/, 'Z');
    const current = { ...LOAN, id: 'now', from, until };
    folder.file(
      'exceptions.yaml',
      stringify({
        exceptions: [
          approved(current, ['bob', bob]),
          { ...current, id: 'pending' },
          year,
          { ...soon, id: 'old' },
        ],
      }),
    );
    const environment = { GATE_SECRET: 'x' };
    const file = folder.config(config({}));
    const run = await runGate(['exceptions', 'list', '--config', file], { environment });
    expect(run.exitCode).toBe(0);
    expect(run.out).toContain('approved  by bob');
    expect(run.out).toMatch(/pending, which does not hold[\s\S]*loan-7, which has ended/);
    const json = await runGate(['exceptions', 'list', '--config', file, '--json'], { environment });
    expect(JSON.parse(json.out)).toMatchObject([{ id: 'now', holds: true, approvedBy: ['bob'] }]);
  });
});
