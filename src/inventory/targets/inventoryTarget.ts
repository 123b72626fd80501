import type { FieldValue } from '../fields/fieldValue.ts';
import type { Finding } from '../finding.ts';
import type { Counts } from './counts.ts';

/** What is known of one run, as its record in the target says it. */
export interface RunRecord {
  readonly id: string;
  readonly mapping: string;
  readonly kind: 'full' | 'incremental';
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly finishedAt: number | undefined;
  /** `running` without a living process is `cut`. */
  readonly status: 'running' | 'done' | 'failed' | 'cut';
  /** When the reading of the list began; before `startedAt` if the run went on with a cut one. */
  readonly listStartedAt: number;
  /** Runs that read one list together. */
  readonly chain: string;
  /** Where the list goes on; undefined at its beginning and at its end. */
  readonly cursor: string | undefined;
  readonly fingerprint: string;
  /** Who ran it, and where. */
  readonly user: string;
  readonly host: string;
  readonly counts: Counts;
  /** Where it stands, in words. */
  readonly message: string;
}

/** One device of a batch, ready to be written. */
export interface DeviceRow {
  readonly id: string;
  readonly lifecycle: Lifecycle;
  /**
   * By Graph's names, and what goes with them: `_n` the place in the batch, `_l` the life cycle, `_d` whether fields that lists do not
   * tell were read. As JSON, they are what expressions and targets are given.
   */
  readonly values: Readonly<Record<string, FieldValue>>;
  /** Whether fields that lists do not tell are among the values. */
  readonly hasDetails: boolean;
}

/** In use; being removed by Intune; no longer known to Intune. */
export type Lifecycle = 'active' | 'retired' | 'left';

/** A row of the inventory table: JSON with `c0`, `c1` … in the order of the plan's columns, `d` the device, `l` its life cycle, `o` its owner. */
export interface AssetRow {
  readonly key: string;
  readonly json: string;
}

export interface Batch {
  readonly devices: readonly DeviceRow[];
  /** The values of the devices, a JSON list. Made once for all who read it: it is most of the work on a large batch. */
  readonly json: string;
  /** Undefined in discovery mode. */
  readonly assets: readonly AssetRow[] | undefined;
  /** Where the list goes on after it. */
  readonly cursor: string | undefined;
  /** Counted before, such as devices that were skipped. */
  readonly counts: Counts;
}

/** What a batch would change, for people to look at. */
export interface Change {
  readonly key: string;
  readonly change: 'new' | 'changed';
  readonly columns: readonly {
    readonly name: string;
    readonly from: string | null;
    readonly to: string | null;
  }[];
}

/** Values of fields that lists do not tell, as they were read before. */
export interface KnownDetails {
  readonly values: Readonly<Record<string, FieldValue>>;
  /** Milliseconds since 1970. */
  readonly readAt: number;
}

/**
 * Port: a store that asset people use. Everything that writes is bound to a run that holds the lock of the target. Methods throw
 * `TargetError` where the target cannot be used; a batch that throws has changed nothing.
 */
export interface InventoryTarget {
  /** What keeps the mapping from being used with this target. Writes nothing. */
  check(): Promise<readonly Finding[]>;
  /** The longest texts the target's columns take, by name. */
  limits(): Promise<ReadonlyMap<string, number>>;
  /** Newest first. Empty where there was none, or no target yet. */
  runs(most: number): Promise<readonly RunRecord[]>;
  /** Takes the lock, makes what is missing, and writes down that the run began. @throws TargetError `busy` */
  begin(run: RunRecord): Promise<void>;
  /** By device id. */
  knownDetails(ids: readonly string[]): Promise<ReadonlyMap<string, KnownDetails>>;
  /** All of the batch or nothing, with the progress of the run. */
  write(batch: Batch): Promise<Counts>;
  /** What `write` would change, at most `mostShown` of it in full. Changes nothing, and needs no lock. */
  preview(batch: Batch, mostShown: number): Promise<{ counts: Counts; changes: readonly Change[] }>;
  /** Devices that were there before and that no batch of the chain held. */
  missing(most: number): Promise<readonly string[]>;
  /** Marks devices as left. */
  markLeft(ids: readonly string[]): Promise<Counts>;
  /** Writes down how the run ended, and gives the lock back. */
  finish(end: Pick<RunRecord, 'status' | 'finishedAt' | 'counts' | 'message'>): Promise<void>;
  /** Gives back what is held, without a word. Idempotent. */
  close(): Promise<void>;
}
