import { readFile } from 'node:fs/promises';
import type { ChainHash } from './chainHash.ts';
import { headPathOf, readHead } from './chainHead.ts';
import { CHAIN_ROOT, readChainLine, type ChainLink } from './chainLine.ts';
import {
  CHAIN_FAULTS,
  type ChainFault,
  type ChainFaultCode,
  type ChainReport,
  type VerifiedFile,
} from './chainReport.ts';
import { readLines } from './readLines.ts';

export interface VerifyChainOptions {
  /** Files of one chain, in the order of the chain. */
  readonly files: readonly string[];
  readonly hash: ChainHash;
  /** The log itself, beside which the end is stated; undefined where only a part of the chain is looked at. */
  readonly logPath: string | undefined;
  /** Begin with whatever line comes first. */
  readonly isPart: boolean;
  /** Lines that were stated elsewhere, as in the log of the gate. */
  readonly anchors?: readonly ChainLink[];
}

const MOST_FAULTS = 20;
const LONGEST_LINE = 1_048_576;
const CR = 0x0d;

/**
 * Proves that a chain is whole: each line is as it was written, none is missing, and none was added. Or says where it is not.
 *
 * @throws the error of the file system
 */
export async function verifyChain(options: VerifyChainOptions): Promise<ChainReport> {
  const { hash, isPart, logPath, anchors = [] } = options;
  const faults: ChainFault[] = [];
  const notes: string[] = [];
  const files: VerifiedFile[] = [];
  const wanted = new Map(anchors.map((anchor) => [anchor.sequence, anchor.hash]));
  const removed = new Set<number>();
  const head = logPath === undefined ? undefined : await findHead(logPath, hash);
  let faultCount = 0;
  let lines = 0;
  let previous: { readonly sequence: number; readonly hash: string | undefined } | undefined;
  let first: number | null = null;
  let end: ChainLink | null = null;
  let firstFile: number | undefined;
  let headAt: string | undefined;

  const fault = (
    code: ChainFaultCode,
    file: string,
    line: number | null,
    sequence: number | null,
    more = '',
  ): void => {
    faultCount += 1;
    const message = `${CHAIN_FAULTS[code]}${more}`;
    if (faults.length < MOST_FAULTS) faults.push({ code, file, line, sequence, message });
  };

  for (const file of options.files) {
    let line = 0;
    let firstOfFile: number | null = null;
    let lastOfFile: number | null = null;
    for await (const { bytes, isWhole } of readLines(file, LONGEST_LINE)) {
      line += 1;
      lines += 1;
      if (!isWhole) {
        fault('torn', file, line, null);
        continue;
      }
      const read = readChainLine(bytes, hash);
      if (read === undefined) {
        fault(bytes.at(-1) === CR ? 'lineEnds' : 'unreadable', file, line, null);
        // It stands for one line, whatever it was.
        if (previous !== undefined) previous = { sequence: previous.sequence + 1, hash: undefined };
        continue;
      }
      const { sequence, previousHash, isGenuine } = read;
      if (!isGenuine) fault('altered', file, line, sequence);
      if (previous === undefined) {
        if (sequence === 1) {
          if (previousHash !== CHAIN_ROOT.hash) fault('broken', file, line, sequence);
        }
        first = sequence;
      } else if (sequence > previous.sequence + 1) {
        const count = sequence - previous.sequence - 1;
        fault('missing', file, line, sequence, ` Their number is ${count}.`);
      } else if (sequence <= previous.sequence) {
        fault('misplaced', file, line, sequence);
      } else if (previous.hash !== undefined && previousHash !== previous.hash) {
        fault('broken', file, line, sequence);
      }
      const isAnchor = wanted.get(sequence);
      if (isAnchor !== undefined && isAnchor !== read.hash) fault('anchor', file, line, sequence);
      wanted.delete(sequence);
      if (head?.ok === true && head.head.sequence === sequence) headAt = read.hash;

      const said = isGenuine ? ownWords(bytes) : undefined;
      if (
        line === 1 &&
        !(isPart && files.length === 0) &&
        !(said?.type === 'AUDIT_LOG_OPENED' && said.details['begins'] === true)
      ) {
        fault('fileBegin', file, line, sequence);
      }
      if (said?.type === 'AUDIT_LOG_OPENED') {
        if (said.details['algorithm'] !== hash.algorithm) fault('algorithm', file, line, sequence);
        if (typeof said.details['file'] === 'number') firstFile ??= said.details['file'];
        if (said.details['clean'] === false) {
          notes.push(
            `${file}:${line}: the gate had been ended without warning before; what it was about to write is not here (${said.time})`,
          );
        }
      }
      if (said?.type === 'AUDIT_FILE_REMOVED') removed.add(Number(said.details['file']));
      if (said?.type === 'AUDIT_LOG_REPAIRED') {
        notes.push(
          `${file}:${line}: at a start the gate found ${JSON.stringify(said.details)} (${said.time})`,
        );
      }
      if (said?.type === 'EVENTS_LOST') {
        notes.push(
          `${file}:${line}: ${String(said.details['count'])} events could not be kept (${said.time})`,
        );
      }
      // A line that was put there late is no measure for those after it.
      if (previous === undefined || sequence > previous.sequence) previous = { sequence, hash: read.hash };
      if (isGenuine) end = { sequence, hash: read.hash };
      firstOfFile ??= sequence;
      lastOfFile = sequence;
    }
    files.push({ file, lines: line, firstSequence: firstOfFile, lastSequence: lastOfFile });
  }

  const [firstPath = ''] = options.files;
  const lastPath = options.files.at(-1) ?? '';
  if (!isPart && first !== 1 && !isRemoved(firstFile, removed)) {
    fault('beginMissing', firstPath, 1, first);
  }
  for (const sequence of wanted.keys()) fault('anchor', lastPath, null, sequence, ' It is not there at all.');
  if (head?.ok === false && logPath !== undefined) fault(head.code, headPathOf(logPath), null, null);
  if (head?.ok === true) {
    const { sequence } = head.head;
    const last = previous?.sequence ?? 0;
    if (last < sequence) {
      fault('endMissing', lastPath, null, last + 1, ` Their number is ${sequence - last}.`);
    } else if (headAt !== undefined && headAt !== head.head.hash) {
      fault('anchor', lastPath, null, sequence);
    }
  }
  return {
    isWhole: faultCount === 0,
    algorithm: hash.algorithm,
    lines,
    firstSequence: first,
    end,
    files,
    faults,
    faultCount,
    notes,
  };
}

/** Files before the first one that is there may have been removed, and then the log says of each that it was. */
function isRemoved(firstFile: number | undefined, removed: ReadonlySet<number>): boolean {
  return firstFile !== undefined && firstFile > 1 && removed.has(firstFile - 1);
}

async function findHead(logPath: string, hash: ChainHash) {
  try {
    const head = readHead(await readFile(headPathOf(logPath)), hash);
    return head === undefined ? ({ ok: false, code: 'headInvalid' } as const) : ({ ok: true, head } as const);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { ok: false, code: 'headMissing' } as const;
    throw error;
  }
}

/** What the log says of itself; undefined for all other lines, which need not be parsed. */
function ownWords(
  bytes: Buffer,
): { readonly type: string; readonly time: string; readonly details: Record<string, unknown> } | undefined {
  if (!bytes.includes('"type":"AUDIT_') && !bytes.includes('"type":"EVENTS_LOST"')) return undefined;
  try {
    const { type, time, data } = JSON.parse(bytes.toString('utf8')) as {
      type: string;
      time: string;
      data: { details?: Record<string, unknown> };
    };
    return { type, time, details: data.details ?? {} };
  } catch {
    return undefined;
  }
}
