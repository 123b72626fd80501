import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import type { Machine } from './report.ts';

/** What the figures were taken on; nothing that names the machine or its user. */
export function describeMachine(now: Date): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    platform: `${platform()} ${arch()}`,
    date: now.toISOString().slice(0, 10),
  };
}
