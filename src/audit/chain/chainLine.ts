import type { ChainHash } from './chainHash.ts';

/** One place in a chain: what the next line is bound to. */
export interface ChainLink {
  /** 1 for the first line there ever was. */
  readonly sequence: number;
  /** Hash of the line, 64 hex digits. */
  readonly hash: string;
}

/** What a chain begins with. */
export const CHAIN_ROOT: ChainLink = { sequence: 0, hash: '0'.repeat(64) };

/**
 * Binds an event to the line before: three extension attributes of CloudEvents, of which `hash` is the last thing on the line and covers
 * every byte before it.
 *
 * @param json - an event, one JSON object on one line
 */
export function chainLine(
  json: string,
  previous: ChainLink,
  { digest }: ChainHash,
): { readonly line: string; readonly link: ChainLink } {
  const sequence = previous.sequence + 1;
  const body = `${json.slice(0, -1)},"sequence":"${sequence}","prevhash":"${previous.hash}"`;
  const hash = digest(body);
  return { line: `${body},"hash":"${hash}"}\n`, link: { sequence, hash } };
}

/** A line of a chain as it stands there. */
export interface ReadChainLine extends ChainLink {
  readonly previousHash: string;
  /** Is the hash that of the line? */
  readonly isGenuine: boolean;
}

const TAIL = /,"sequence":"([1-9]\d{0,15})","prevhash":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"\}$/;
const HASH_CHARACTERS = ',"hash":""}'.length + 64;
const LONGEST_TAIL = 240;

/**
 * Reads one line, without its line end. Undefined if it is no line of a chain.
 *
 * @param bytes - as they stand in the file: a text might hide bytes that are no UTF-8
 */
export function readChainLine(bytes: Buffer, { digest }: ChainHash): ReadChainLine | undefined {
  const tail = bytes.subarray(-LONGEST_TAIL).toString('latin1');
  const [, sequence, previousHash, hash] = TAIL.exec(tail) ?? [];
  if (sequence === undefined || previousHash === undefined || hash === undefined) return undefined;
  return {
    sequence: Number(sequence),
    previousHash,
    hash,
    isGenuine: digest(bytes.subarray(0, -HASH_CHARACTERS)) === hash,
  };
}
