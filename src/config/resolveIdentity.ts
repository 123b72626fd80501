import { statSync } from 'node:fs';
import type { AttemptRule } from '../identity/attemptStore.ts';
import type { LdapSettings } from '../identityStores/ldap/ldapSettings.ts';
import { SHORTEST_STATE_KEY } from '../identityStores/stateKey.ts';
import type { SecretReference } from './schemaParts.ts';
import type { IdentityConfig } from './identitySchema.ts';
import { describeFileError, MISSING, type Path, type Resolution } from './resolution.ts';
import { resolveCaPems } from './resolveCaPems.ts';

/** People as the gate uses them: every secret resolved, every path absolute. */
export interface IdentitySetup {
  readonly store:
    | { readonly kind: 'file'; readonly file: string }
    | { readonly kind: 'ldap'; readonly settings: LdapSettings };
  readonly state: {
    readonly folder: string;
    readonly key: string;
    readonly previousKeys: readonly string[];
  };
  readonly lockout: AttemptRule;
}

const AT = ['identity'];
const MINUTE_MS = 60_000;

export function resolveIdentity(
  config: IdentityConfig | undefined,
  resolution: Resolution,
): IdentitySetup | undefined {
  if (config === undefined) return undefined;
  const { store, state, lockout } = config;
  const stateAt = [...AT, 'state'];
  return {
    store:
      store.kind === 'file'
        ? { kind: 'file', file: resolution.locate(store.file) }
        : { kind: 'ldap', settings: resolveLdap(store, [...AT, 'store'], resolution) },
    state: {
      folder: resolveFolder(state.folder, [...stateAt, 'folder'], resolution),
      key: resolveKey(state.key, [...stateAt, 'key'], resolution),
      previousKeys: state.previousKeys.map((reference, index) =>
        resolveKey(reference, [...stateAt, 'previousKeys', index], resolution),
      ),
    },
    lockout: {
      failures: lockout.failures,
      windowMs: lockout.windowMinutes * MINUTE_MS,
      lockMs: lockout.lockMinutes * MINUTE_MS,
    },
  };
}

type LdapConfig = Extract<IdentityConfig['store'], { kind: 'ldap' }>;

function resolveLdap(config: LdapConfig, at: Path, resolution: Resolution): LdapSettings {
  const { url: text, startTls, caFile, bindPassword, ...settings } = config;
  const url = new URL(text);
  const isTls = url.protocol === 'ldaps:';
  const caPems = resolveCaPems(caFile, [...at, 'caFile'], resolution);
  return {
    ...settings,
    host: url.hostname.replaceAll(/[[\]]/g, ''),
    port: url.port === '' ? (isTls ? 636 : 389) : Number(url.port),
    security: isTls ? 'tls' : startTls ? 'startTls' : 'none',
    ...(caPems === undefined ? {} : { caPems }),
    bindPassword: resolution.readSecret([...at, 'bindPassword'], bindPassword) ?? MISSING,
  };
}

function resolveKey(reference: SecretReference, at: Path, resolution: Resolution): string {
  const key = resolution.readSecret(at, reference);
  if (key !== undefined && key.length < SHORTEST_STATE_KEY) {
    resolution.problem(at, `is too short; it needs at least ${SHORTEST_STATE_KEY} characters`);
  }
  return key ?? MISSING;
}

function resolveFolder(folder: string, at: Path, resolution: Resolution): string {
  const path = resolution.locate(folder);
  try {
    const facts = statSync(path);
    if (!facts.isDirectory()) resolution.problem(at, 'names no folder');
    // Windows has no such modes.
    else if (process.platform !== 'win32' && (facts.mode & 0o077) !== 0) {
      resolution.problem(at, 'names a folder that others may enter; run: chmod 700');
    }
  } catch (error) {
    resolution.problem(
      at,
      `names a folder that cannot be used: ${describeFileError(error)}; to make it: mkdir -m 700`,
    );
  }
  return path;
}
