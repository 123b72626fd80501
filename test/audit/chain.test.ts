import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ChainFileEvent } from '../../src/audit/chain/chainFile.ts';
import { createChainHash } from '../../src/audit/chain/chainHash.ts';
import { headPathOf } from '../../src/audit/chain/chainHead.ts';
import { findFormerFiles } from '../../src/audit/chain/logFiles.ts';
import { verifyChain } from '../../src/audit/chain/verifyChain.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { AUDIT_NOW, eventJson, testChainFile } from './auditLog.ts';

const folder = temporaryFolder();

async function verify(path: string, key?: string) {
  const former = await findFormerFiles(path);
  return verifyChain({
    files: [...former.map((file) => file.path), path],
    hash: createChainHash(key),
    logPath: path,
    isPart: false,
  });
}

function linesOf(path: string): Record<string, unknown>[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a chain file', () => {
  test('is whole, begins by saying so, and every line is a CloudEvent with its place in the chain', async () => {
    const { file, path } = testChainFile(folder);
    await file.append([eventJson(1), eventJson(2)]);
    await file.close();
    const lines = linesOf(path);
    expect(lines.map(({ type }) => type)).toEqual([
      'AUDIT_LOG_OPENED',
      'DEVICE_COMPLIANCE_CHECKED',
      'DEVICE_COMPLIANCE_CHECKED',
      'AUDIT_LOG_SEALED',
    ]);
    expect(lines.map(({ sequence }) => sequence)).toEqual(['1', '2', '3', '4']);
    expect(lines[2]?.['prevhash']).toBe(lines[1]?.['hash']);
    expect(lines.every(({ specversion }) => specversion === '1.0')).toBe(true);
    expect(await verify(path)).toMatchObject({ isWhole: true, lines: 4, faults: [], end: { sequence: 4 } });
  });

  test('is for its owner alone', async () => {
    const { file, path } = testChainFile(folder);
    await file.append([eventJson(1)]);
    await file.close();
    expect([statSync(path).mode & 0o777, statSync(headPathOf(path)).mode & 0o777]).toEqual([0o600, 0o600]);
  });

  test('goes on after a restart', async () => {
    const { file, path, options } = testChainFile(folder);
    await file.append([eventJson(1)]);
    await file.close();
    const again = testChainFile(folder, options);
    await again.file.append([eventJson(2)]);
    await again.file.close();
    expect(linesOf(path).map(({ sequence }) => sequence)).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(await verify(path)).toMatchObject({ isWhole: true, notes: [] });
  });

  test('is followed by another one when it is large, without a break', async () => {
    const { file, path } = testChainFile(folder, { rotateBytes: 2_000 });
    for (let index = 0; index < 20; index += 1) await file.append([eventJson(index)]);
    await file.close();
    const former = await findFormerFiles(path);
    expect(former.length).toBeGreaterThan(3);
    expect(former.map(({ number }) => number)).toEqual(former.map((_, index) => index + 1));
    const report = await verify(path);
    expect(report).toMatchObject({ isWhole: true, faults: [] });
    expect(report.files).toHaveLength(former.length + 1);
  });

  test('is followed by another one on another day, also if the gate was not running at midnight', async () => {
    let at = Date.now();
    const { file, path, options } = testChainFile(folder, { rotateDaily: true, now: () => at });
    await file.append([eventJson(1)]);
    await file.append([eventJson(2)]);
    expect(await findFormerFiles(path)).toHaveLength(0);
    at += 86_400_000;
    await file.append([eventJson(3)]);
    expect(await findFormerFiles(path)).toHaveLength(1);
    await file.close();
    at += 86_400_000;
    const again = testChainFile(folder, options);
    await again.file.append([eventJson(4)]);
    await again.file.close();
    expect(await findFormerFiles(path)).toHaveLength(2);
    expect(await verify(path)).toMatchObject({ isWhole: true });
  });

  test('removes old files where that is configured, and says so', async () => {
    const { file, path } = testChainFile(folder, { rotateBytes: 1_500, keepFiles: 2 });
    for (let index = 0; index < 20; index += 1) await file.append([eventJson(index)]);
    await file.close();
    expect(await findFormerFiles(path)).toHaveLength(2);
    expect(await verify(path)).toMatchObject({ isWhole: true, faults: [] });
    const [oldest] = await findFormerFiles(path);
    rmSync(oldest?.path ?? '');
    const { faults } = await verify(path);
    expect(faults.map(({ code }) => code)).toEqual(['beginMissing']);
  });

  test('with a key cannot be verified without it, nor under another one', async () => {
    const { file, path } = testChainFile(folder, { hash: createChainHash('the key of the log') });
    await file.append([eventJson(1)]);
    await file.close();
    expect(await verify(path, 'the key of the log')).toMatchObject({
      isWhole: true,
      algorithm: 'hmac-sha256',
    });
    expect(await verify(path)).toMatchObject({ isWhole: false });
    expect(await verify(path, 'another key')).toMatchObject({ isWhole: false });
  });

  test('made anew without the key is refused under the key', async () => {
    const { file, path } = testChainFile(folder);
    await file.append([eventJson(1)]);
    await file.close();
    const { faults } = await verify(path, 'the key of the log');
    expect(faults.map(({ code }) => code)).toContain('altered');
  });

  test('made anew as a whole is seen by whoever has kept a line of it', async () => {
    const sealed: ChainFileEvent[] = [];
    const { file, path, options } = testChainFile(folder, { onEvent: (event) => sealed.push(event) });
    await file.append([eventJson(1)]);
    await file.close();
    const anchors = sealed.flatMap((event) => (event.type === 'sealed' ? [event] : []));
    const [anchor] = anchors;
    expect(anchor?.sequence).toBe(3);
    const ask = () =>
      verifyChain({ files: [path], hash: createChainHash(), logPath: path, isPart: false, anchors });
    expect(await ask()).toMatchObject({ isWhole: true });
    rmSync(path);
    rmSync(headPathOf(path));
    const forged = testChainFile(folder, options);
    await forged.file.append([eventJson(7)]);
    await forged.file.close();
    expect((await ask()).faults.map(({ code }) => code)).toEqual(['anchor']);
  });

  test('is written by one process only', async () => {
    const { file, path, options } = testChainFile(folder);
    await file.append([eventJson(1)]);
    const other = testChainFile(folder, options);
    await expect(other.file.append([eventJson(2)])).rejects.toThrow('another process holds the lock');
    await file.close();
    await other.file.append([eventJson(2)]);
    await other.file.close();
    expect(await verify(path)).toMatchObject({ isWhole: true });
    expect(readdirSync(dirname(path)).filter((name) => name.endsWith('.lock'))).toEqual([]);
  });

  test('that lost its lock stops writing', async () => {
    let at = AUDIT_NOW;
    const { file, path } = testChainFile(folder, { now: () => at });
    await file.append([eventJson(1)]);
    writeFileSync(`${path}.lock`, JSON.stringify({ host: 'elsewhere', process: 1, id: 'somebody' }));
    at += 11_000;
    await expect(file.append([eventJson(2)])).rejects.toThrow('another process holds the lock');
    expect(linesOf(path)).toHaveLength(2);
    rmSync(`${path}.lock`);
    await file.append([eventJson(2)]);
    await file.close();
    expect(await verify(path)).toMatchObject({ isWhole: true });
  });
});

describe('the end of a chain after a crash', () => {
  test('that was torn is cut off, and the log says so', async () => {
    const repaired: ChainFileEvent[] = [];
    const { file, path, options } = testChainFile(folder, { onEvent: (event) => repaired.push(event) });
    await file.append([eventJson(1)]);
    await file.close();
    appendFileSync(path, '{"specversion":"1.0","id":"torn');
    const before = await verify(path);
    expect(before.faults).toMatchObject([{ code: 'torn', line: 4 }]);
    const again = testChainFile(folder, options);
    await again.file.append([eventJson(2)]);
    await again.file.close();
    expect(repaired.find(({ type }) => type === 'repaired')).toEqual({
      type: 'repaired',
      details: { tornBytes: 31 },
    });
    expect(linesOf(path).map(({ type }) => type)).toContain('AUDIT_LOG_REPAIRED');
    const after = await verify(path);
    expect(after.isWhole).toBe(true);
    expect(after.notes).toHaveLength(1);
    expect(after.notes[0]).toContain('"tornBytes":31');
  });

  test('that lacks lines the head knows of leaves a gap, which verifying finds', async () => {
    const { file, path, options } = testChainFile(folder);
    await file.append([eventJson(1), eventJson(2), eventJson(3)]);
    await file.close();
    const kept = readFileSync(path, 'utf8').split('\n').slice(0, 2).join('\n');
    writeFileSync(path, `${kept}\n`);
    const again = testChainFile(folder, options);
    await again.file.append([eventJson(4)]);
    await again.file.close();
    const { faults, notes } = await verify(path);
    expect(faults).toMatchObject([{ code: 'missing', line: 3, sequence: 6 }]);
    expect(faults[0]?.message).toContain('Their number is 3');
    expect(notes).toEqual([
      expect.stringContaining('ended without warning'),
      expect.stringContaining('"missing":3'),
    ]);
  });

  test('whose file is gone goes on where the head says', async () => {
    const { file, path, options } = testChainFile(folder);
    await file.append([eventJson(1)]);
    await file.close();
    rmSync(path);
    const again = testChainFile(folder, options);
    await again.file.append([eventJson(2)]);
    await again.file.close();
    expect(linesOf(path)[0]?.['sequence']).toBe('4');
    expect((await verify(path)).faults.map(({ code }) => code)).toEqual(['beginMissing']);
  });

  test('between the end of one file and the beginning of the next one is no break', async () => {
    const { file, path, options } = testChainFile(folder, { rotateBytes: 1_000 });
    for (let index = 0; index < 6; index += 1) await file.append([eventJson(index)]);
    await file.close();
    const former = await findFormerFiles(path);
    // As if the gate had been ended right after it had renamed the file.
    rmSync(path);
    const last = former.at(-1)?.path ?? '';
    const lastLine = linesOf(last).at(-1) ?? {};
    const { writeHead } = await import('../../src/audit/chain/chainHead.ts');
    writeFileSync(
      headPathOf(path),
      writeHead(
        { file: former.length, sequence: Number(lastLine['sequence']), hash: String(lastLine['hash']) },
        options.hash,
      ),
    );
    const again = testChainFile(folder, options);
    await again.file.append([eventJson(9)]);
    await again.file.close();
    expect(await verify(path)).toMatchObject({ isWhole: true, notes: [] });
  });

  test('without a head is repaired, and said', async () => {
    const { file, path, options } = testChainFile(folder);
    await file.append([eventJson(1)]);
    await file.close();
    rmSync(headPathOf(path));
    expect((await verify(path)).faults.map(({ code }) => code)).toEqual(['headMissing']);
    const again = testChainFile(folder, options);
    await again.file.append([eventJson(2)]);
    await again.file.close();
    expect(existsSync(headPathOf(path))).toBe(true);
    const { isWhole, notes } = await verify(path);
    expect(isWhole).toBe(true);
    expect(notes[0]).toContain('"head":"missing"');
  });
});
