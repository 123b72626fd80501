import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createChainHash } from '../../src/audit/chain/chainHash.ts';
import { findFormerFiles } from '../../src/audit/chain/logFiles.ts';
import { verifyChain } from '../../src/audit/chain/verifyChain.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const folder = temporaryFolder();
const WRITER = fileURLToPath(new URL('chainWriter.ts', import.meta.url));

/** Writes as fast as it can until it is killed in the middle of it. Returns the last line it says is written. */
async function writeAndKill(path: string, afterMs: number): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', WRITER, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  await once(child.stdout, 'data');
  const ended = once(child, 'close');
  setTimeout(() => child.kill('SIGKILL'), afterMs);
  await ended;
  return Number(out.trimEnd().split('\n').at(-1));
}

test('a writer killed in the middle leaves a chain that goes on whole, with every line it had said is written', async () => {
  const path = join(mkdtempSync(join(folder, 'log-')), 'audit.jsonl');
  const promised: number[] = [];
  for (const afterMs of [5, 23, 61]) promised.push(await writeAndKill(path, afterMs));
  expect(promised.every((count) => count > 0)).toBe(true);
  const files = [...(await findFormerFiles(path)).map((file) => file.path), path];
  const report = await verifyChain({ files, hash: createChainHash(), logPath: path, isPart: false });
  // Only the last one may be torn: what the others left was put right when the next one began.
  expect(report.faults.filter(({ code }) => code !== 'torn')).toEqual([]);
  expect(report.faults.length).toBeLessThanOrEqual(1);
  expect(report.notes.filter((note) => note.includes('ended without warning'))).toHaveLength(2);
  const ids = new Set(
    files.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/"id":"(\d+)-(\d+)"/g)].map(([, run, id]) => `${run}-${id}`),
    ),
  );
  for (const [run, count] of promised.entries()) {
    const missing = Array.from({ length: count }, (_, index) => `${run + 1}-${index + 1}`).filter(
      (id) => !ids.has(id),
    );
    expect(missing).toEqual([]);
  }
}, 30_000);
