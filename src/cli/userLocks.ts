import { findUser, type UserTask } from './userAction.ts';

export async function unlockUser(task: UserTask): Promise<void> {
  const { username } = await findUser(task);
  await task.store.unlock(task.username, task.io.stopped);
  task.io.err(`${username} is not locked.\n`);
}

export async function setUserActive(task: UserTask, active: boolean): Promise<void> {
  const { id, username } = await findUser(task);
  await task.store.setActive(id, active, task.io.stopped);
  task.io.err(`${username} may ${active ? 'log in' : 'log in no more'}.\n`);
}
