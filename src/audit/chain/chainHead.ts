import type { ChainHash } from './chainHash.ts';
import type { ChainLink } from './chainLine.ts';

/**
 * What the writer of a chain says of its end, in a file of its own: without it nobody could tell that lines are missing there. It is never
 * ahead of what was written.
 */
export interface ChainHead extends ChainLink {
  /** Number of the file the line stands in, from 1. */
  readonly file: number;
}

/** All heads have one size, so that one is written over the other. */
export const HEAD_BYTES = 512;

/** Where the head of a log is. */
export function headPathOf(logPath: string): string {
  return `${logPath}.head`;
}

export function writeHead({ file, sequence, hash }: ChainHead, { digest }: ChainHash): Buffer {
  const body = JSON.stringify({ file, sequence, hash });
  return Buffer.from(
    `${JSON.stringify({ file, sequence, hash, seal: digest(body) }).padEnd(HEAD_BYTES - 1)}\n`,
  );
}

/** Undefined if it is no head, or was not written under this key. */
export function readHead(bytes: Buffer, { digest }: ChainHash): ChainHead | undefined {
  if (bytes.length !== HEAD_BYTES) return undefined;
  const text = bytes.toString('latin1');
  const match =
    /^\{"file":([1-9]\d{0,8}),"sequence":([1-9]\d{0,15}),"hash":"([0-9a-f]{64})","seal":"([0-9a-f]{64})"\} *\n$/;
  const [, file, sequence, hash = '', seal] = match.exec(text) ?? [];
  const head = { file: Number(file), sequence: Number(sequence), hash };
  return seal !== undefined && digest(JSON.stringify(head)) === seal ? head : undefined;
}
