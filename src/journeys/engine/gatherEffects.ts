import { createHash } from 'node:crypto';
import { takeSingleHeader } from '../../node/singleHeader.ts';
import type { JourneyRequest } from '../journeyRequest.ts';
import type { CountedAttempts, Effects } from '../nodeResult.ts';
import type { Gathered, SealedDevice } from './journeyRun.ts';

interface Where {
  readonly tree: string;
  readonly node: string;
  readonly request: JourneyRequest;
}

/** Pure: what was gathered so far and what one more node adds. */
export function gatherEffects(
  gathered: Gathered,
  effects: Effects | undefined,
  { tree, node, request }: Where,
): Gathered {
  if (effects === undefined) return gathered;
  const { identified, device, method, failure, success } = effects;
  return {
    sessionProperties: mergeProperties(gathered.sessionProperties, effects.sessionProperties ?? {}),
    maxSessionMinutes: effects.maxSessionMinutes ?? gathered.maxSessionMinutes,
    maxIdleMinutes: effects.maxIdleMinutes ?? gathered.maxIdleMinutes,
    methods:
      method === undefined || gathered.methods.includes(method)
        ? gathered.methods
        : [...gathered.methods, method],
    identified:
      identified === undefined ? gathered.identified : { id: identified.id, username: identified.username },
    device:
      device === undefined
        ? gathered.device
        : {
            tree,
            node,
            presented: device.presented,
            deviceId: device.decision.deviceId,
            outcome: device.decision.outcome,
            reason: device.decision.reason,
            decisionId: device.decision.decisionId,
            evaluatedAt: device.decision.evaluatedAt,
          },
    ...formerDevicesOf(gathered, effects, tree, node),
    boundHeaders: {
      ...gathered.boundHeaders,
      ...Object.fromEntries((effects.boundHeaders ?? []).map((name) => [name, headerHash(request, name)])),
    },
    ...boundCertificateOf(gathered, effects, request),
    attempts: mergeAttempts(gathered.attempts, effects.attempts ?? []),
    failure:
      failure === undefined
        ? gathered.failure
        : {
            message: failure.message ?? gathered.failure.message,
            details: { ...gathered.failure.details, ...failure.details },
          },
    success:
      success === undefined
        ? gathered.success
        : {
            details: { ...gathered.success.details, ...success.details },
            sessionProperties: { ...gathered.success.sessionProperties, ...success.sessionProperties },
          },
  };
}

/** Is everything that was bound to the journey, headers and certificate, what it was when it was bound? */
export function keepsWhatIsBound(
  { boundCertificate, boundHeaders }: Gathered,
  request: JourneyRequest,
): boolean {
  return (
    (boundCertificate === undefined || certificateHash(request) === boundCertificate) &&
    Object.entries(boundHeaders).every(([name, hash]) => headerHash(request, name) === hash)
  );
}

/** What a node says replaces what it said before, and nothing else. */
function formerDevicesOf(
  { device, formerDevices = [] }: Gathered,
  effects: Effects,
  tree: string,
  node: string,
): Pick<Gathered, 'formerDevices'> {
  if (effects.device === undefined || device === undefined) return { formerDevices };
  const isOther = (former: SealedDevice): boolean => former.node !== node || former.tree !== tree;
  return { formerDevices: [...formerDevices, device].filter(isOther) };
}

function boundCertificateOf(
  gathered: Gathered,
  effects: Effects,
  request: JourneyRequest,
): Pick<Gathered, 'boundCertificate'> {
  const boundCertificate =
    effects.boundCertificate === true ? certificateHash(request) : gathered.boundCertificate;
  return boundCertificate === undefined ? {} : { boundCertificate };
}

function certificateHash({ clientCertificate }: JourneyRequest): string {
  return createHash('sha256')
    .update(clientCertificate?.der ?? 'none')
    .digest('base64url');
}

/** Of the one value the header has; what is absent or twice there is unlike any value. */
function headerHash(request: JourneyRequest, name: string): string {
  const header = takeSingleHeader(request.headers, name);
  const value = header.is === 'present' ? `=${String(header.value)}` : header.is;
  return createHash('sha256').update(value).digest('base64url');
}

/** Each key once, under the name that was given last. */
function mergeAttempts(
  known: readonly CountedAttempts[],
  added: readonly CountedAttempts[],
): readonly CountedAttempts[] {
  return [...new Map([...known, ...added].map((entry) => [entry.key, entry])).values()];
}

function mergeProperties(
  known: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string | null>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries({ ...known, ...added }).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}
