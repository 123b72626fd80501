import { randomBytes, randomUUID } from 'node:crypto';
import { GateError } from '../errors.ts';
import { oathUri } from '../identity/oath/oathUri.ts';
import type { OtpDevice } from '../identity/otpDevice.ts';
import { createRecoveryCodes } from '../identity/recoveryCodes.ts';
import { findUser, type UserTask } from './userAction.ts';

/** 160 bits, as RFC 4226 recommends. */
const SECRET_BYTES = 20;

export async function addDevice(task: UserTask): Promise<void> {
  const { store, values, io } = task;
  const algorithm = oneOf(values.algorithm ?? 'totp', ['totp', 'hotp'], '--algorithm');
  const digits = oneOf(values.digits ?? '6', ['6', '8'], '--digits') === '8' ? 8 : 6;
  const { id: identityId, username } = await findUser(task);
  const id = randomUUID();
  const secret = randomBytes(SECRET_BYTES);
  const name = values['device-name'] ?? 'OATH Device';
  await store.otp.add(identityId, { id, name, algorithm, digits, secret }, io.stopped);
  const issuer = values.issuer ?? 'intune-gate';
  io.out(`${oathUri({ algorithm, issuer, account: username, secret, digits, username, deviceId: id })}\n`);
  io.err('This is shown once. It goes into an authenticator app, and nowhere else.\n');
}

export async function removeDevices(task: UserTask): Promise<void> {
  const { store, values, io } = task;
  const { id, username } = await findUser(task);
  const count =
    values.device === undefined
      ? await store.otp.removeAll(id, io.stopped)
      : Number(await store.otp.remove(id, values.device, io.stopped));
  if (count === 0) throw new GateError('identityRefused', `${username} has no such device`);
  io.err(`${count === 1 ? 'One device was' : `${count} devices were`} removed.\n`);
}

export async function makeRecoveryCodes(task: UserTask): Promise<void> {
  const { store, io } = task;
  const { id } = await findUser(task);
  const device = chooseDevice(await store.otp.list(id, io.stopped), task);
  const codes = createRecoveryCodes();
  if (!(await store.otp.setRecoveryCodes(id, device.id, codes, io.stopped))) {
    throw new GateError('identityRefused', 'the device was removed meanwhile');
  }
  io.out(`${codes.join('\n')}\n`);
  io.err('These are shown once. Each works once; those before work no more.\n');
}

/** Recovery codes are those of the first device, unless another is named. */
function chooseDevice(devices: readonly OtpDevice[], { values, username }: UserTask): OtpDevice {
  const device =
    values.device === undefined ? devices[0] : devices.find((candidate) => candidate.id === values.device);
  if (device === undefined) throw new GateError('identityRefused', `${username} has no such device`);
  return device;
}

function oneOf<const T extends string>(value: string, choices: readonly T[], option: string): T {
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) throw new GateError('usage', `${option} is one of: ${choices.join(', ')}`);
  return choice;
}
