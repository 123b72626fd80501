import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { createChainHash } from '../../src/audit/chain/chainHash.ts';
import { eventJson, testChainFile } from '../audit/auditLog.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { runGate, type Run } from './runGate.ts';

const folder = temporaryFolder();
const KEY = 'the key of the log, which is long enough';
const keyFile = join(folder, 'audit.key');
writeFileSync(keyFile, `${KEY}\r\n`);
let path = '';

beforeEach(async () => {
  const log = testChainFile(folder, { rotateBytes: 1_500, hash: createChainHash(KEY) });
  ({ path } = log);
  for (let index = 0; index < 8; index += 1) await log.file.append([eventJson(index)]);
  await log.file.close();
});

const former = (number: number): string => path.replace('.jsonl', `.00000${number}.jsonl`);
const verify = (...args: string[]): Promise<Run> =>
  runGate(['audit', 'verify', '--key-file', keyFile, ...args]);

describe('audit verify', () => {
  test('reads the former files of the log as well, and says its end', async () => {
    const { exitCode, out, err } = await verify(path);
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^The log is whole: \d+ lines in [4-9] files \(hmac-sha256\)\.\nEnd: \d+:[0-9a-f]{64}\n$/,
    );
  });

  test('names file, line and number of what was changed, also as JSON', async () => {
    writeFileSync(former(2), readFileSync(former(2), 'utf8').replace('"Compliant"', '"Conflict"'));
    const { exitCode, out } = await verify(path);
    expect(exitCode).toBe(1);
    expect(out).toContain('The log is not whole: 1 fault in');
    expect(out).toMatch(/audit\.000002\.jsonl:2 \(number \d+\): The line does not have the hash it states/);
    const report = JSON.parse((await verify('--json', path)).out) as Record<string, unknown>;
    expect(report).toMatchObject({
      isWhole: false,
      faultCount: 1,
      faults: [{ code: 'altered', file: former(2), line: 2 }],
    });
  });

  test('needs the key, and one that is right', async () => {
    expect(await runGate(['audit', 'verify', path])).toMatchObject({ exitCode: 1 });
    const other = join(folder, 'other.key');
    writeFileSync(other, 'another key of a log, which is long enough');
    expect(await runGate(['audit', 'verify', '--key-file', other, path])).toMatchObject({ exitCode: 1 });
  });

  test('takes a part of a log for no more than that', async () => {
    expect(await verify('--part', former(3), former(2))).toMatchObject({ exitCode: 0 });
    expect(await verify('--part', former(1), former(3))).toMatchObject({ exitCode: 1 });
    renameSync(former(1), join(folder, 'elsewhere'));
    const { exitCode, out } = await verify(path);
    expect(exitCode).toBe(1);
    expect(out).toContain('The chain does not begin here');
  });

  test('finds that the log itself is gone', async () => {
    rmSync(path);
    const { exitCode, out } = await verify(path);
    expect(exitCode).toBe(1);
    expect(out).toContain('Lines are missing at the end.');
  });

  test('compares with lines that were kept elsewhere', async () => {
    const { out } = await verify(path);
    const [, end = ''] = /End: (\S+)/.exec(out) ?? [];
    expect(await verify('--expect', end, path)).toMatchObject({ exitCode: 0 });
    const wrong = end.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    expect(await verify('--expect', wrong, path)).toMatchObject({ exitCode: 1 });
    expect(await verify('--expect', end.replace(/^\d+/, '9999'), path)).toMatchObject({ exitCode: 1 });
    expect(await verify('--expect', 'nonsense', path)).toMatchObject({ exitCode: 2 });
  });

  test('says that a file was converted to the line ends of Windows', async () => {
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('\n', '\r\n'));
    const { exitCode, out } = await verify(path);
    expect(exitCode).toBe(1);
    expect(out).toContain('the file was converted');
  });

  test.each([
    [['audit', 'verify'], 'say `audit verify FILE`'],
    [['audit', 'prove', 'x'], 'say `audit verify FILE`'],
    [['audit', 'verify', '/nowhere/audit.jsonl'], 'cannot be read: ENOENT'],
    [['audit', 'verify', '--key-file', '/nowhere', 'x'], '/nowhere cannot be read'],
    [['audit', 'verify', 'a.jsonl', 'b.jsonl'], 'these are files of several logs'],
  ])('%j is no use', async (args, message) => {
    const { exitCode, err } = await runGate(args);
    expect([exitCode, err]).toEqual([2, expect.stringContaining(message)]);
  });
});
