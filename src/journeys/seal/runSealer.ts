import { createHash, hkdfSync, randomBytes, webcrypto } from 'node:crypto';
import {
  CompactEncrypt,
  CompactSign,
  compactDecrypt,
  compactVerify,
  decodeProtectedHeader,
  errors,
} from 'jose';
import { isJsonObject } from '../json.ts';
import type { JourneyRun } from '../engine/journeyRun.ts';

export interface RunSealerOptions {
  /** Secrets of at least 32 bytes. The first seals; all of them open, so that keys can be changed while journeys are under way. */
  readonly secrets: readonly Uint8Array[];
  readonly realm: string;
  readonly now: () => number;
}

/** A run as the client holds it. */
export interface SealedRun {
  readonly token: string;
  /** One-time key: names this step of this run and no other. */
  readonly oneTimeKey: string;
}

export type OpenedRun =
  | { readonly ok: true; readonly run: JourneyRun; readonly oneTimeKey: string }
  | { readonly ok: false; readonly fault: 'unreadable' | 'badSignature' | 'expired' };

export interface RunSealer {
  seal(run: JourneyRun): Promise<SealedRun>;
  open(token: unknown): Promise<OpenedRun>;
}

/** Longest token that is looked at, in characters: the largest state, encrypted and encoded twice. */
const LONGEST_TOKEN = 262_144;

/**
 * Seals runs in the form of AM's authId: a signed token with the claims AM's clients read, around the state, which is encrypted. Each
 * binds the other: the state names the one-time key and the realm of the token it belongs to.
 */
export function createRunSealer({ secrets, realm, now }: RunSealerOptions): RunSealer {
  const keys = secrets.map(deriveKeys);
  const [current] = keys;
  if (current === undefined) throw new Error('a sealer needs a secret');

  const seal = async (run: JourneyRun): Promise<SealedRun> => {
    const oneTimeKey = randomBytes(17).toString('base64url');
    const state = Buffer.from(JSON.stringify({ run, oneTimeKey, realm }));
    const sessionId = await new CompactEncrypt(state)
      .setProtectedHeader({ typ: 'JWT', alg: 'dir', enc: 'A256GCM', kid: current.id })
      .encrypt(await current.encryption());
    const claims = {
      otk: oneTimeKey,
      authIndexType: 'service',
      authIndexValue: run.tree,
      realm,
      sessionId,
      exp: Math.floor(run.expiresAt / 1_000),
      iat: Math.floor(now() / 1_000),
    };
    const token = await new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ typ: 'JWT', alg: 'HS256', kid: current.id })
      .sign(await current.signature());
    return { token, oneTimeKey };
  };

  async function open(token: unknown): Promise<OpenedRun> {
    if (typeof token !== 'string' || token.length > LONGEST_TOKEN) return { ok: false, fault: 'unreadable' };
    const key = findKey(token);
    if (key === 'unreadable') return { ok: false, fault: 'unreadable' };
    if (key === undefined) return { ok: false, fault: 'badSignature' };
    try {
      const { payload } = await compactVerify(token, await key.signature(), { algorithms: ['HS256'] });
      const claims = parseObject(payload);
      const { plaintext } = await compactDecrypt(String(claims['sessionId']), await key.encryption(), {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      });
      const state = parseObject(plaintext);
      const isOne =
        state['oneTimeKey'] === claims['otk'] && state['realm'] === realm && claims['realm'] === realm;
      if (!isOne) return { ok: false, fault: 'badSignature' };
      const run = state['run'] as JourneyRun;
      return run.expiresAt <= now()
        ? { ok: false, fault: 'expired' }
        : { ok: true, run, oneTimeKey: String(claims['otk']) };
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      return { ok: false, fault: error instanceof errors.JWSInvalid ? 'unreadable' : 'badSignature' };
    }
  }

  function findKey(token: string): Keys | undefined | 'unreadable' {
    try {
      const { kid } = decodeProtectedHeader(token);
      return token.split('.').length === 3 ? keys.find(({ id }) => id === kid) : 'unreadable';
    } catch {
      return 'unreadable';
    }
  }

  return { seal, open };
}

/** Keys as WebCrypto wants them: bytes would be imported anew for every token. */
interface Keys {
  readonly id: string;
  readonly signature: () => Promise<webcrypto.CryptoKey>;
  readonly encryption: () => Promise<webcrypto.CryptoKey>;
}

function deriveKeys(secret: Uint8Array): Keys {
  if (secret.length < 32) throw new Error('a secret for sealing has at least 32 bytes');
  const derive = (purpose: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', secret, '', `intune-gate journey ${purpose}`, 32));
  const { subtle } = webcrypto;
  return {
    id: createHash('sha256').update(derive('key id')).digest('base64url').slice(0, 11),
    signature: once(() =>
      subtle.importKey('raw', derive('signature'), { name: 'HMAC', hash: 'SHA-256' }, false, [
        'sign',
        'verify',
      ]),
    ),
    encryption: once(() =>
      subtle.importKey('raw', derive('encryption'), 'AES-GCM', false, ['encrypt', 'decrypt']),
    ),
  };
}

/** Made when it is needed for the first time. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** Only what was signed or encrypted by us comes here. */
function parseObject(bytes: Uint8Array): Record<string, unknown> {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (!isJsonObject(value)) throw new errors.JWSInvalid('no object');
  return value;
}
