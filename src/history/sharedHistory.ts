import type { HistoryEntry, Run, Standing } from './run.ts';

/** What became of an entry that all replicas were told of. */
export type Shared =
  /** `previous`: what the standing was before, told to one replica alone; undefined: it is no other one, or the first. */
  | { readonly ok: true; readonly previous: Standing | undefined }
  /** It cannot be asked now. */
  | { readonly ok: false };

/** Histories that several replicas write and read together. Nothing here rejects. */
export interface SharedHistory {
  add(entry: HistoryEntry): Promise<Shared>;
  /** Oldest first; undefined if it cannot be asked now. */
  find(deviceId: string): Promise<readonly Run[] | undefined>;
  /** How many devices something was erased of; undefined if it cannot be asked now. */
  erase(whose: Erasure): Promise<number | undefined>;
}

/** Whose records are to go. */
export type Erasure = { readonly deviceId: string } | { readonly user: string };
