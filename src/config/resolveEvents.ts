import { dirname } from 'node:path';
import { existsSync } from 'node:fs';
import { parseSecurityEventKey } from '../audit/delivery/securityEventKey.ts';
import type { FileSync } from '../audit/chain/chainFile.ts';
import type { SubjectFormat } from '../audit/delivery/securityEvent.ts';
import type { EventType } from '../events/eventTypes.ts';
import type { UserNames } from '../events/userNames.ts';
import type { EventsConfig } from './eventsSchema.ts';
import { MISSING, type Path, type Resolution } from './resolution.ts';
import { resolveCaPems } from './resolveCaPems.ts';
import type { JourneysSetup } from './resolveJourneys.ts';
import type { SecretReference } from './schemaParts.ts';

/** Where events go, every file read and every secret resolved. */
export interface EventsSetup {
  readonly source: string;
  readonly userNames: UserNames;
  readonly file:
    | {
        /** Absolute. */
        readonly path: string;
        readonly key: string | undefined;
        readonly rotateBytes: number;
        readonly rotateDaily: boolean;
        readonly keepFiles: number | undefined;
        readonly sync: FileSync;
      }
    | undefined;
  readonly stdout: boolean;
  readonly webhooks: readonly WebhookSetup[];
  readonly securityEvents: readonly SecurityEventSetup[];
  readonly history: { readonly devices: number; readonly runs: number; readonly keepMs: number } | undefined;
}

interface ReceiverSetup {
  readonly name: string;
  readonly url: string;
  readonly token: string | undefined;
  readonly caPems: readonly string[] | undefined;
  readonly timeoutMs: number;
  /** Absolute. */
  readonly spoolFolder: string;
  readonly spoolBytes: number;
}

export interface WebhookSetup extends ReceiverSetup {
  readonly types: readonly EventType[] | undefined;
  readonly secret: string | undefined;
}

export interface SecurityEventSetup extends ReceiverSetup {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** PEM, which can be read. */
  readonly signingKeyPem: string;
  readonly subject: SubjectFormat;
  readonly deviceId: 'intune' | 'entra';
}

const AT = ['events'];
const SHORTEST_KEY_BYTES = 32;
const MIB = 1_048_576;
const DAY_MS = 86_400_000;

export function resolveEvents(
  config: EventsConfig | undefined,
  journeys: JourneysSetup | undefined,
  resolution: Resolution,
): EventsSetup | undefined {
  if (config === undefined) return undefined;
  checkPlaces(config, resolution);
  return {
    source: config.source,
    userNames: resolveUserNames(config, resolution),
    file: resolveFile(config.file, resolution),
    stdout: config.stdout,
    webhooks: config.webhooks.map(({ types, secret, ...receiver }, index) => {
      const at = [...AT, 'webhooks', index];
      return {
        ...resolveReceiver(receiver, at, resolution),
        types,
        secret: secret && resolveKey(secret, [...at, 'secret'], resolution),
      };
    }),
    securityEvents: config.securityEvents.map((receiver, index) => {
      const at = [...AT, 'securityEvents', index];
      const { issuer, audience, subject, deviceId } = receiver;
      return {
        ...resolveReceiver(receiver, at, resolution),
        issuer,
        audience,
        subject,
        deviceId,
        signingKeyPem: resolveSigningKey(receiver.signingKeyFile, at, journeys, resolution),
      };
    }),
    history:
      config.history === 'off'
        ? undefined
        : {
            devices: config.history.devices,
            runs: config.history.runs,
            keepMs: config.history.days * DAY_MS,
          },
  };
}

function resolveUserNames({ userNames, pseudonymKey }: EventsConfig, resolution: Resolution): UserNames {
  const at = [...AT, 'pseudonymKey'];
  if (userNames !== 'pseudonyms') {
    if (pseudonymKey !== undefined) resolution.problem(at, 'is for `userNames: pseudonyms`');
    return { as: userNames };
  }
  if (pseudonymKey === undefined) {
    resolution.problem(at, 'is missing: without a key, anybody could try names');
    return { as: 'omitted' };
  }
  return { as: 'pseudonyms', key: resolveKey(pseudonymKey, at, resolution) };
}

function resolveFile(file: EventsConfig['file'], resolution: Resolution): EventsSetup['file'] {
  if (file === undefined) return undefined;
  const { key, rotateMiB, rotateDaily, keepFiles, sync } = file;
  const path = resolution.locate(file.path);
  if (!existsSync(dirname(path)))
    resolution.problem([...AT, 'file', 'path'], 'is in a folder that is not there');
  return {
    path,
    key: key && resolveKey(key, [...AT, 'file', 'key'], resolution),
    rotateBytes: Math.floor(rotateMiB * MIB),
    rotateDaily,
    keepFiles,
    sync,
  };
}

function resolveReceiver(
  receiver: Pick<
    EventsConfig['webhooks'][number],
    'name' | 'url' | 'token' | 'caFile' | 'timeoutMs' | 'spoolFolder' | 'spoolMiB'
  >,
  at: Path,
  resolution: Resolution,
): ReceiverSetup {
  const { name, url, token, caFile, timeoutMs, spoolFolder, spoolMiB } = receiver;
  return {
    name,
    url,
    token: token && (resolution.readSecret([...at, 'token'], token) ?? MISSING),
    caPems: resolveCaPems(caFile, [...at, 'caFile'], resolution),
    timeoutMs,
    spoolFolder: resolution.locate(spoolFolder),
    spoolBytes: spoolMiB * MIB,
  };
}

function resolveSigningKey(
  file: string | undefined,
  at: Path,
  journeys: JourneysSetup | undefined,
  resolution: Resolution,
): string {
  const path = [...at, 'signingKeyFile'];
  const pem =
    file === undefined ? journeys?.sessions.keyPems[0] : resolution.readFile(path, file)?.toString();
  if (pem === undefined) {
    if (file === undefined)
      resolution.problem(path, 'is missing, and no key of sessions is configured either');
    return MISSING;
  }
  resolution.keepSecret(pem);
  try {
    parseSecurityEventKey(pem);
    return pem;
  } catch {
    resolution.problem(path, 'names a file that is no PEM private key of RSA (2,048 bits), P-256 or Ed25519');
    return MISSING;
  }
}

function resolveKey(reference: SecretReference, at: Path, resolution: Resolution): string {
  const key = resolution.readSecret(at, reference);
  if (key !== undefined && Buffer.byteLength(key) < SHORTEST_KEY_BYTES) {
    resolution.problem(at, `is too short; it needs at least ${SHORTEST_KEY_BYTES} characters`);
  }
  return key ?? MISSING;
}

/** Two that write to one place would write over each other. */
function checkPlaces({ webhooks, securityEvents }: EventsConfig, { locate, problem }: Resolution): void {
  const receivers = [
    ...webhooks.map((receiver, index) => ({ ...receiver, at: [...AT, 'webhooks', index] })),
    ...securityEvents.map((receiver, index) => ({ ...receiver, at: [...AT, 'securityEvents', index] })),
  ];
  const folders = receivers.map(({ spoolFolder }) => locate(spoolFolder));
  receivers.forEach(({ name, at }, index) => {
    if (folders.indexOf(folders[index] ?? '') !== index) {
      problem([...at, 'spoolFolder'], 'is the folder of another receiver');
    }
    if (receivers.findIndex((other) => other.name === name) !== index) {
      problem([...at, 'name'], 'another receiver has this name');
    }
    if (name === 'file' || name === 'stdout')
      problem([...at, 'name'], 'is taken: the log and stdout are called so');
  });
}
