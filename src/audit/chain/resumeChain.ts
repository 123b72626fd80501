import { readFile, truncate } from 'node:fs/promises';
import type { EventDetails } from '../../events/gateEvent.ts';
import type { ChainHash } from './chainHash.ts';
import { headPathOf, readHead, type ChainHead } from './chainHead.ts';
import { CHAIN_ROOT, readChainLine, type ChainLink } from './chainLine.ts';
import { findFormerFiles } from './logFiles.ts';
import { readLogEnd } from './readLogEnd.ts';

/** Where a chain goes on. */
export interface ResumedChain {
  readonly link: ChainLink;
  /** Number of the current file. */
  readonly file: number;
  /** Its size, bytes; 0: it begins now. */
  readonly size: number;
  /** Was the last line written by somebody who ended in order? True where there is no line. */
  readonly isSealed: boolean;
  /** What was found wrong with the end; undefined if nothing was. */
  readonly repairs: EventDetails | undefined;
}

/**
 * Finds the end of a chain, and cuts off a line that was not written to its end. Whatever else is wrong stays as it is, so that the chain
 * shows it: where lines are missing, it goes on with the number after them.
 *
 * @throws the error of the file system
 */
export async function resumeChain(logPath: string, hash: ChainHash): Promise<ResumedChain> {
  const { head, headTrouble } = await findHead(logPath, hash);
  const newest = (await findFormerFiles(logPath)).at(-1);
  const current = await readLogEnd(logPath);
  const size = current?.wholeBytes ?? 0;
  const tornBytes = (current?.size ?? 0) - size;
  if (tornBytes > 0) await truncate(logPath, size);
  const end = size > 0 ? current : newest && (await readLogEnd(newest.path));
  const line = end?.lastLine && readChainLine(end.lastLine, hash);
  const stands = line ?? CHAIN_ROOT;
  const missing = Math.max(0, (head?.sequence ?? 0) - stands.sequence);
  const repairs = {
    ...(tornBytes > 0 && { tornBytes }),
    ...(missing > 0 && { missing }),
    ...(end?.lastLine !== undefined && line?.isGenuine !== true && { lastLine: 'invalid' }),
    ...(headTrouble === 'invalid' || (headTrouble === 'missing' && end !== undefined)
      ? { head: headTrouble }
      : {}),
  };
  return {
    link: missing > 0 && head !== undefined ? head : { sequence: stands.sequence, hash: stands.hash },
    file: Math.max((newest?.number ?? 0) + 1, head?.file ?? 1),
    size,
    isSealed: end?.lastLine?.includes('"type":"AUDIT_LOG_SEALED"') ?? true,
    repairs: Object.keys(repairs).length === 0 ? undefined : repairs,
  };
}

async function findHead(
  logPath: string,
  hash: ChainHash,
): Promise<{ readonly head?: ChainHead; readonly headTrouble?: 'missing' | 'invalid' }> {
  try {
    const head = readHead(await readFile(headPathOf(logPath)), hash);
    return head === undefined ? { headTrouble: 'invalid' } : { head };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { headTrouble: 'missing' };
    throw error;
  }
}
