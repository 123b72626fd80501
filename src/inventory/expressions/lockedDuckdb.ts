import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';

/** A DuckDB in memory that can reach nothing: no file, no network, no extension, and no way to change that. */
export interface LockedDuckdb {
  /**
   * Runs `work` on its connection, one after the other, within a time. @throws Error `time is up` if the time passes, and whatever
   * DuckDB throws
   */
  within<T>(limitMs: number, work: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  close(): void;
}

/** What an interrupted statement is told apart by. */
export class TimeIsUp extends Error {
  constructor() {
    super('time is up');
  }
}

/** @param now - what GETUTCDATE() gives, milliseconds since 1970 */
export async function openLockedDuckdb(now: number, memoryMegabytes = 256): Promise<LockedDuckdb> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: `${memoryMegabytes}MB`,
    temp_directory: '',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_unsigned_extensions: 'false',
  });
  const connection = await instance.connect();
  const time = new Date(now).toISOString().replace('T', ' ').replace('Z', '');
  await connection.run(`CREATE MACRO getutcdate() AS (TIMESTAMP '${time}')`);
  // What is divided by nothing is nothing: no database and no JSON takes an infinity well.
  await connection.run('SET ieee_floating_point_ops = false');
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
  let last: Promise<unknown> = Promise.resolve();

  return {
    within(limitMs, work) {
      const turn = last.then(async () => {
        let isUp = false;
        const timer = setTimeout(() => {
          isUp = true;
          connection.interrupt();
        }, limitMs);
        try {
          return await work(connection);
        } catch (error) {
          throw isUp ? new TimeIsUp() : error;
        } finally {
          clearTimeout(timer);
        }
      });
      last = turn.catch(() => undefined);
      return turn;
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
