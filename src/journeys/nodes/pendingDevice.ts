import { z } from 'zod';
import type { OathHash } from '../../identity/oath/oathCode.ts';
import type { PendingOtpDevice } from '../../identity/otpDevice.ts';
import type { Json } from '../json.ts';
import type { NodeState } from '../state/nodeState.ts';

/** AM's key of a device that is being registered. It lives in transient state, and sealed between two steps. */
export const PENDING_DEVICE = 'oathDeviceProfile';
/** AM's key: whether recovery codes are made when the device is stored. */
export const WITH_RECOVERY_CODES = 'oathEnableRecoveryCode';

/** A device that is being registered, whose it is, and how its codes are made. */
export interface PendingDevice {
  readonly identityId: string;
  readonly device: PendingOtpDevice;
  /** Seconds one code lasts. */
  readonly intervalSeconds: number;
  readonly hash: OathHash;
  /** Its owner was asked for a code. */
  readonly isAsked: boolean;
}

const schema = z.object({
  identityId: z.string(),
  id: z.string().min(1),
  name: z.string(),
  algorithm: z.enum(['totp', 'hotp']),
  digits: z.union([z.literal(6), z.literal(8)]),
  secret: z.base64url().min(1),
  lastAcceptedSeconds: z.number().optional(),
  driftSeconds: z.number(),
  counter: z.number(),
  intervalSeconds: z.number().positive(),
  hash: z.enum(['sha1', 'sha256', 'sha512']),
  isAsked: z.boolean(),
});

export function keepPendingDevice(
  state: Pick<NodeState, 'putTransient' | 'remove'>,
  { device, ...rest }: PendingDevice,
): void {
  const { id, name, algorithm, digits, secret, progress } = device;
  const { lastAcceptedSeconds, driftSeconds, counter } = progress;
  // Nothing older may come back when the client is asked.
  state.remove(PENDING_DEVICE);
  state.putTransient(PENDING_DEVICE, {
    ...rest,
    id,
    name,
    algorithm,
    digits,
    secret: Buffer.from(secret).toString('base64url'),
    ...(lastAcceptedSeconds === undefined ? {} : { lastAcceptedSeconds }),
    driftSeconds,
    counter,
  });
}

/** The device of this person that is being registered; undefined for none, somebody else's, or what is no device. */
export function findPendingDevice(
  state: Pick<NodeState, 'get'>,
  identityId: string,
): PendingDevice | undefined {
  return parsePendingDevice(state.get(PENDING_DEVICE), identityId);
}

function parsePendingDevice(value: Json | undefined, identityId: string): PendingDevice | undefined {
  const parsed = schema.safeParse(value);
  if (!parsed.success || parsed.data.identityId !== identityId) return undefined;
  const { id, name, algorithm, digits, secret, lastAcceptedSeconds, driftSeconds, counter, ...rest } =
    parsed.data;
  return {
    ...rest,
    device: {
      id,
      name,
      algorithm,
      digits,
      secret: Buffer.from(secret, 'base64url'),
      progress: {
        ...(lastAcceptedSeconds === undefined ? {} : { lastAcceptedSeconds }),
        driftSeconds,
        counter,
      },
    },
  };
}
