import { randomUUID } from 'node:crypto';
import { GateError } from '../errors.ts';
import { canonicalUsername } from '../identity/canonicalUsername.ts';
import { escapeControls } from './escapeControls.ts';
import { readNewPassword } from './readNewPassword.ts';
import { findUser, ownAccounts, type UserTask } from './userAction.ts';

export async function addUser(task: UserTask): Promise<void> {
  const { file, hasher } = ownAccounts(task);
  const { values, io } = task;
  const username = canonicalUsername(task.username);
  if (username === undefined) {
    throw new GateError('usage', 'a name has 1 to 256 bytes, no controls, and no blanks around it');
  }
  const attributes = parseAttributes(values.attribute ?? []);
  const taken = new GateError('identityRefused', `there is a user "${username}" already`);
  // Said before a password is asked for; the file has the last word.
  if ((await file.read()).byName.has(username)) throw taken;
  const passwordHash =
    values['no-password'] === true ? undefined : await hasher.hash(await readNewPassword(io), io.stopped);
  await file.update(({ byName }) => {
    if (byName.has(username)) throw taken;
    byName.set(username, {
      username,
      id: randomUUID(),
      active: true,
      attributes,
      ...(passwordHash === undefined ? {} : { passwordHash }),
    });
    return { changed: true, result: undefined };
  });
  io.err(`${username} was added.\n`);
}

/** `KEY=VALUE`, where one key may have several values. @throws GateError `usage` */
function parseAttributes(pairs: readonly string[]): Record<string, string[]> {
  const attributes = new Map<string, string[]>();
  for (const pair of pairs) {
    const [, key, value] = /^([A-Za-z][\w-]{0,99})=(.{1,1000})$/su.exec(pair) ?? [];
    if (key === undefined || value === undefined) {
      throw new GateError('usage', 'an attribute is given as KEY=VALUE, e.g. --attribute mail=a@example.com');
    }
    attributes.set(key, [...(attributes.get(key) ?? []), value]);
  }
  return Object.fromEntries(attributes);
}

export async function listUsers(task: UserTask): Promise<void> {
  const { file } = ownAccounts(task);
  const { store, values, io } = task;
  const rows = [];
  for (const { id, username, active, attributes, passwordHash } of (await file.read()).byName.values()) {
    const devices = await store.otp.list(id, io.stopped);
    rows.push({
      username,
      id,
      active,
      hasPassword: passwordHash !== undefined,
      attributes,
      devices: devices.map((device) => ({
        id: device.id,
        name: device.name,
        algorithm: device.algorithm,
        digits: device.digits,
        recoveryCodesLeft: device.recoveryCodesLeft,
        registeredAt: new Date(device.registeredAt).toISOString(),
      })),
    });
  }
  if (values.json === true) {
    io.out(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  for (const { username, active, hasPassword, devices } of rows) {
    const facts = [
      active ? 'active' : 'disabled',
      ...(hasPassword ? [] : ['no password']),
      ...devices.map(
        ({ id, algorithm, recoveryCodesLeft }) =>
          `${algorithm} device ${id} (${recoveryCodesLeft} recovery codes)`,
      ),
    ];
    io.out(`${escapeControls(username)}  ${facts.join(', ')}\n`);
  }
}

export async function removeUser(task: UserTask): Promise<void> {
  const { file } = ownAccounts(task);
  const { store, io } = task;
  const { id, username } = await findUser(task);
  // First what would otherwise be left over, should this stop half way.
  await store.otp.removeAll(id, io.stopped);
  await store.unlock(username, io.stopped);
  await file.update(({ byName }) => ({ changed: byName.delete(username), result: undefined }));
  io.err(`${username} was removed.\n`);
}

export async function setPassword(task: UserTask): Promise<void> {
  const { file, hasher } = ownAccounts(task);
  const { store, io } = task;
  const { id, username } = await findUser(task);
  const passwordHash = await hasher.hash(await readNewPassword(io), io.stopped);
  await file.update(({ byName }) => {
    const account = byName.get(username);
    if (account?.id !== id) throw new GateError('identityRefused', `${username} was removed meanwhile`);
    const { passwordExpiresAt: _, ...kept } = account;
    byName.set(username, { ...kept, passwordHash });
    return { changed: true, result: undefined };
  });
  await store.unlock(username, io.stopped);
  io.err(`${username} has a new password.\n`);
}
