import { randomBytes } from 'node:crypto';
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { createTurnstile } from '../identity/turnstile.ts';

/** What OWASP recommends for argon2id: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** `Algorithm.Argon2id`, which as a const enum cannot be imported. */
const ARGON2ID = 2;
const HASH_BYTES = 32;
const SALT_BYTES = 16;

/** Dearest hash that is checked, so that a file cannot make one login eat the memory of the machine. */
const MOST_MEMORY_KIB = 262_144;
const MOST_PASSES = 20;
const MOST_LANES = 16;

/** Hashes passwords, a few at a time: each takes 19 MiB and a core while it lasts. */
export interface PasswordHasher {
  /** A new hash in PHC form. */
  hash(password: string, signal: AbortSignal): Promise<string>;
  /** @throws TurnstileFull if too many are waiting; the reason of the signal */
  verify(passwordHash: string, password: string, signal: AbortSignal): Promise<boolean>;
}

export interface PasswordHasherOptions {
  /** How many hashes are computed at once. Default: 4, which is as many threads as Node.js keeps for such work. */
  readonly atOnce?: number;
  /** How many may wait beside them. Default: 2,000. */
  readonly waiting?: number;
}

export function createPasswordHasher(options: PasswordHasherOptions = {}): PasswordHasher {
  const turnstile = createTurnstile({ places: options.atOnce ?? 4, waiting: options.waiting ?? 2_000 });
  return {
    hash: (password, signal) =>
      turnstile.run(
        () => hash(prepared(password), { ...COST, algorithm: ARGON2ID, outputLen: HASH_BYTES }),
        signal,
      ),
    verify: (passwordHash, password, signal) =>
      turnstile.run(() => verify(passwordHash, prepared(password)), signal),
  };
}

/** A hash of no password, as dear as a real one: who is unknown costs the same time. */
export function createDecoyHash(): string {
  const base64 = (bytes: number): string => randomBytes(bytes).toString('base64').replace(/=+$/, '');
  const { memoryCost, timeCost, parallelism } = COST;
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${base64(SALT_BYTES)}$${base64(HASH_BYTES)}`;
}

/** Whether a text is an argon2id hash that is not too dear to check. */
export function isPasswordHash(text: string): boolean {
  if (!text.startsWith('$argon2id$v=19$')) return false;
  try {
    const { memoryCost, timeCost, parallelism, outputLen, saltLen } = parseOptions(text);
    return (
      memoryCost <= MOST_MEMORY_KIB &&
      timeCost <= MOST_PASSES &&
      parallelism <= MOST_LANES &&
      outputLen >= 16 &&
      saltLen >= 8
    );
  } catch {
    return false;
  }
}

/** The same password from every keyboard, however it writes its accents. */
function prepared(password: string): string {
  return password.normalize('NFC');
}
