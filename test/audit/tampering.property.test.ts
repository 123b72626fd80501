import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createChainHash } from '../../src/audit/chain/chainHash.ts';
import type { ChainReport } from '../../src/audit/chain/chainReport.ts';
import { findFormerFiles } from '../../src/audit/chain/logFiles.ts';
import { verifyChain } from '../../src/audit/chain/verifyChain.ts';
import { countedAssertAsync } from '../properties/countedAssert.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { eventJson, testChainFile } from './auditLog.ts';

const folder = temporaryFolder();
const KEY = 'the key of the log';
let path = '';
/** Path and content of every file of the log, oldest first. */
let originals: (readonly [path: string, bytes: Buffer])[] = [];

beforeAll(async () => {
  const log = testChainFile(folder, { rotateBytes: 1_800, hash: createChainHash(KEY) });
  ({ path } = log);
  for (let index = 0; index < 12; index += 1) await log.file.append([eventJson(index)]);
  await log.file.close();
  const files = [...(await findFormerFiles(path)).map((file) => file.path), path];
  originals = files.map((file) => [file, readFileSync(file)]);
  copyFileSync(`${path}.head`, join(folder, 'head'));
});

async function verify(): Promise<ChainReport> {
  const files = [...(await findFormerFiles(path)).map((file) => file.path), path];
  return verifyChain({ files, hash: createChainHash(KEY), logPath: path, isPart: false });
}

/** The report of the log with one file changed; then it is as it was. */
async function withChange(index: number, change: (bytes: Buffer) => Buffer): Promise<ChainReport> {
  const [file, bytes] = originals[index] ?? ['', Buffer.alloc(0)];
  writeFileSync(file, change(Buffer.from(bytes)));
  try {
    return await verify();
  } finally {
    writeFileSync(file, bytes);
  }
}

const linesOf = (bytes: Buffer): string[] => bytes.toString('latin1').split('\n').slice(0, -1);
const joined = (lines: readonly string[]): Buffer =>
  Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1');
const lineAt = (bytes: Buffer, position: number): number =>
  bytes.subarray(0, position).toString('latin1').split('\n').length;

/** A file of the log and a place in it, 0 to below 1. */
const place = fc.record({
  file: fc.nat({ max: 1_000 }),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});
const fileOf = (file: number): number => file % originals.length;

/** The first fault stands on the line that was changed, or on one right beside it. */
function expectNear(report: ChainReport, file: number, line: number): void {
  expect(report.isWhole).toBe(false);
  const near = report.faults.filter(
    (fault) =>
      (fault.file === originals[file]?.[0] && (fault.line === null || Math.abs(fault.line - line) <= 1)) ||
      // What is missing at the end of a file shows at the beginning of the next one.
      (fault.file === originals[file + 1]?.[0] && fault.line === 1),
  );
  expect(near.length).toBeGreaterThan(0);
}

describe('a log of several files', () => {
  test('is whole as it was written', async () => {
    expect(originals.length).toBeGreaterThan(2);
    expect(await verify()).toMatchObject({ isWhole: true, faults: [] });
  });

  test('with any one byte changed is not, and the line is named', async () => {
    const runs = await countedAssertAsync(
      400,
      fc.record({ place, by: fc.integer({ min: 1, max: 255 }) }),
      async ({ place: { file, at }, by }) => {
        const index = fileOf(file);
        const length = originals[index]?.[1].length ?? 0;
        const position = Math.floor(at * length);
        const report = await withChange(index, (bytes) => {
          bytes[position] = ((bytes[position] ?? 0) + by) % 256;
          return bytes;
        });
        expectNear(report, index, lineAt(originals[index]?.[1] ?? Buffer.alloc(0), position));
      },
    );
    expect(runs).toBe(400);
  });

  test('with any one byte removed or added is not', async () => {
    const runs = await countedAssertAsync(
      200,
      fc.record({ place, byte: fc.option(fc.nat({ max: 255 })) }),
      async ({ place: { file, at }, byte }) => {
        const index = fileOf(file);
        const original = originals[index]?.[1] ?? Buffer.alloc(0);
        const position = Math.floor(at * original.length);
        const report = await withChange(index, (bytes) =>
          byte === null
            ? Buffer.concat([bytes.subarray(0, position), bytes.subarray(position + 1)])
            : Buffer.concat([bytes.subarray(0, position), Buffer.from([byte]), bytes.subarray(position)]),
        );
        expectNear(report, index, lineAt(original, position));
      },
    );
    expect(runs).toBe(200);
  });

  test('with any run of lines removed is not', async () => {
    const runs = await countedAssertAsync(
      150,
      fc.record({ place, count: fc.integer({ min: 1, max: 3 }) }),
      async ({ place: { file, at }, count }) => {
        const index = fileOf(file);
        const lines = linesOf(originals[index]?.[1] ?? Buffer.alloc(0));
        const from = Math.floor(at * lines.length);
        const report = await withChange(index, () => joined(lines.toSpliced(from, count)));
        expectNear(report, index, from + 1);
      },
    );
    expect(runs).toBe(150);
  });

  test('with any two lines swapped, or one repeated, is not', async () => {
    const runs = await countedAssertAsync(
      150,
      fc.record({ place, other: place, repeats: fc.boolean() }),
      async ({ place: { file, at }, other, repeats }) => {
        const index = fileOf(file);
        const lines = linesOf(originals[index]?.[1] ?? Buffer.alloc(0));
        const a = Math.floor(at * lines.length);
        const b = Math.floor(other.at * lines.length);
        fc.pre(repeats || a !== b);
        const changed = repeats
          ? lines.toSpliced(b, 0, lines[a] ?? '')
          : lines.with(a, lines[b] ?? '').with(b, lines[a] ?? '');
        const report = await withChange(index, () => joined(changed));
        expect(report.isWhole).toBe(false);
        const low = Math.min(a, b) + 1;
        expect(
          report.faults.some(({ line }) => line !== null && line >= low && line <= Math.max(a, b) + 3),
        ).toBe(true);
      },
    );
    expect(runs).toBe(150);
  });

  test('cut off anywhere is not', async () => {
    const runs = await countedAssertAsync(150, place, async ({ file, at }) => {
      const index = fileOf(file);
      const original = originals[index]?.[1] ?? Buffer.alloc(0);
      const length = Math.floor(at * original.length);
      const report = await withChange(index, (bytes) => bytes.subarray(0, length));
      expectNear(report, index, lineAt(original, length));
    });
    expect(runs).toBe(150);
  });

  test('without any one of its files is not', async () => {
    for (const [file, bytes] of originals.slice(0, -1)) {
      rmSync(file);
      const { isWhole, faults } = await verify();
      writeFileSync(file, bytes);
      expect([basename(file), isWhole, faults.length > 0]).toEqual([basename(file), false, true]);
    }
  });

  test('whose stated end was changed in any byte is not', async () => {
    const head = readFileSync(join(folder, 'head'));
    const runs = await countedAssertAsync(
      100,
      fc.record({ position: fc.nat({ max: head.length - 1 }), by: fc.integer({ min: 1, max: 255 }) }),
      async ({ position, by }) => {
        const changed = Buffer.from(head);
        changed[position] = ((changed[position] ?? 0) + by) % 256;
        writeFileSync(join(dirname(path), 'audit.jsonl.head'), changed);
        const { faults } = await verify();
        copyFileSync(join(folder, 'head'), `${path}.head`);
        expect(faults.map(({ code }) => code)).toEqual(['headInvalid']);
      },
    );
    expect(runs).toBe(100);
  });
});
