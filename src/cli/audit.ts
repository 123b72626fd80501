import { existsSync, readFileSync } from 'node:fs';
import { createChainHash, type ChainHash } from '../audit/chain/chainHash.ts';
import { headPathOf } from '../audit/chain/chainHead.ts';
import type { ChainLink } from '../audit/chain/chainLine.ts';
import type { ChainReport } from '../audit/chain/chainReport.ts';
import { findFormerFiles, logPathOf } from '../audit/chain/logFiles.ts';
import { verifyChain } from '../audit/chain/verifyChain.ts';
import { GateError } from '../errors.ts';
import type { Command } from './command.ts';
import { escapeControls } from './escapeControls.ts';
import { parseOptions } from './parseOptions.ts';

export const auditCommand: Command = {
  name: 'audit',
  summary: 'prove that the audit log is whole, or say where it is not',
  help: `
Usage: intune-gate audit verify [OPTIONS] FILE…

Proves that nothing in the audit log was changed, removed, added or moved: reads the files from the first to the last line, and compares
the end with the file FILE.head beside the log. FILE is the log as it is configured (events.file.path); the former files beside it are
read as well. Several FILEs are files of one log, and are read in the order of their names' numbers.

--key-file FILE       the key of the log (events.file.key), where it has one; a log without a key is then refused
--part                these files are a part of the log: it may begin and end anywhere
--expect NUMBER:HASH  line NUMBER has this hash, as the gate's own log stated it when the file was sealed; may be repeated
--json                print the report as JSON

Examples:
  intune-gate audit verify /var/lib/intune-gate/audit.jsonl
  intune-gate audit verify --key-file audit.key --json /var/lib/intune-gate/audit.jsonl
  intune-gate audit verify --part audit.000007.jsonl

Exit codes: 0 the log is whole, 1 it is not, 2 usage, or a file that cannot be read.
`,
  async run(args, io) {
    const { values, positionals } = parseOptions(
      args,
      {
        'key-file': { type: 'string' },
        part: { type: 'boolean' },
        expect: { type: 'string', multiple: true },
        json: { type: 'boolean' },
      },
      true,
    );
    const [verb, ...named] = positionals;
    if (verb !== 'verify' || named.length === 0) throw new GateError('usage', 'say `audit verify FILE`');
    const hash = readKey(values['key-file']);
    const isPart = values.part === true;
    const anchors = (values.expect ?? []).map(parseAnchor);
    let report: ChainReport;
    try {
      const { files, logPath } = isPart ? partOf(named) : await wholeOf(named);
      report = await verifyChain({ files, hash, logPath, isPart, anchors });
    } catch (error) {
      if (error instanceof GateError) throw error;
      const { code, path } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      throw new GateError('usage', `${path ?? named[0]} cannot be read: ${code}`, { cause: error });
    }
    io.out(values.json === true ? `${JSON.stringify(report, null, 2)}\n` : tell(report));
    return report.isWhole ? 0 : 1;
  },
};

function partOf(named: readonly string[]): { files: readonly string[]; logPath: undefined } {
  return { files: named.toSorted(byNumber), logPath: undefined };
}

/** The former files of a log belong to it, whether they are named or not. */
async function wholeOf(named: readonly string[]): Promise<{ files: readonly string[]; logPath: string }> {
  const logs = new Set(named.map((file) => logPathOf(file)));
  const [logPath = '', ...others] = logs;
  if (others.length > 0) {
    throw new GateError('usage', `these are files of several logs: ${[...logs].join(', ')}`);
  }
  const former = await findFormerFiles(logPath);
  const files = former.map(({ path }) => path);
  // That the log itself is gone is a finding, as long as there is anything to compare with.
  const isGone = !existsSync(logPath) && (files.length > 0 || existsSync(headPathOf(logPath)));
  return { files: isGone ? files : [...files, logPath], logPath };
}

function byNumber(a: string, b: string): number {
  return numberOf(a) - numberOf(b);
}

/** The log itself comes last. */
function numberOf(file: string): number {
  const [, digits] = /\.(\d{6,9})(?:\.[^.]*)?$/.exec(file) ?? [];
  return digits === undefined ? Number.POSITIVE_INFINITY : Number(digits);
}

function readKey(file: string | undefined): ChainHash {
  if (file === undefined) return createChainHash();
  try {
    const key = readFileSync(file, 'utf8').replace(/^\uFEFF|\r?\n$/g, '');
    if (key === '') throw new GateError('usage', `${file} is empty`);
    return createChainHash(key);
  } catch (error) {
    if (error instanceof GateError) throw error;
    throw new GateError('usage', `${file} cannot be read`, { cause: error });
  }
}

function parseAnchor(text: string): ChainLink {
  const [, sequence, hash] = /^([1-9]\d{0,15}):([0-9a-f]{64})$/i.exec(text) ?? [];
  if (sequence === undefined || hash === undefined) {
    throw new GateError('usage', '--expect wants NUMBER:HASH, with 64 hex digits');
  }
  return { sequence: Number(sequence), hash: hash.toLowerCase() };
}

function tell({ isWhole, algorithm, lines, files, faults, faultCount, end, notes }: ChainReport): string {
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
  return [
    isWhole
      ? `The log is whole: ${count(lines, 'line')} in ${count(files.length, 'file')} (${algorithm}).`
      : `The log is not whole: ${count(faultCount, 'fault')} in ${count(lines, 'line')}.`,
    ...faults.map(
      ({ file, line, sequence, message }) =>
        `${file}${line === null ? '' : `:${line}`}${sequence === null ? '' : ` (number ${sequence})`}: ${message}`,
    ),
    ...(faultCount > faults.length ? [`… and ${faultCount - faults.length} more`] : []),
    ...notes.map((note) => `Note: ${note}`),
    ...(end === null ? [] : [`End: ${end.sequence}:${end.hash}`]),
    '',
  ]
    .map(escapeControls)
    .join('\n');
}
