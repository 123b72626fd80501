import type { z } from 'zod';
import type { DeviceDirectory, LookupOptions } from '../node/deviceDirectory.ts';
import type { DeviceId } from '../node/deviceId.ts';
import type { TracedDecision } from '../node/decision.ts';
import type { Actor } from './actor.ts';
import type { DeviceAction, DeviceOperations } from './deviceOperations.ts';
import type { GroupDirectory } from './groupDirectory.ts';
import type { Refusal } from './refusal.ts';

/** What of a tenant operations use. */
export interface TenantAccess {
  /** The gate's own memory of devices in front of Microsoft. */
  readonly directory: DeviceDirectory;
  readonly devices: DeviceOperations;
  readonly groups: GroupDirectory;
  /** What is remembered of a device no longer counts. */
  readonly forget: (id: DeviceId) => void;
}

/** What a node of the gate that asks this tenant would say about a device. Undefined: the actor has no such node. */
export type Advise = (
  actor: Actor,
  question: { readonly tenant: string; readonly node: string; readonly deviceId: DeviceId },
  options: LookupOptions,
) => Promise<TracedDecision | undefined>;

/** What a reading is run with, after everything was checked. */
export interface ReadingContext {
  readonly tenant: TenantAccess;
  readonly bound: LookupOptions;
  readonly now: () => number;
  /** What a node would say; undefined: the actor has no such node in this tenant. */
  readonly advise: (node: string, deviceId: DeviceId) => Promise<TracedDecision | undefined>;
  /** Cursors of this operation, tenant and principal; `about` tells apart what else the question says. */
  readonly cursors: {
    seal(next: string, about: string): string;
    open(cursor: string, about: string): string | undefined;
  };
}

export type Reading<T = object> = { readonly ok: true; readonly value: T } | Refusal;

interface Described {
  /** As assistants call it. */
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** What else to know. */
  readonly detail: string;
  /** Its place below `/v1`; what stands in braces is an input. */
  readonly route: { readonly method: 'GET' | 'POST'; readonly path: string };
  /** Group and action on the command line; the inputs that stand there without an option. */
  readonly command: { readonly words: readonly [string, string]; readonly operands: readonly string[] };
}

/** An operation that changes nothing. */
export interface ReadOperation<I extends z.ZodObject = z.ZodObject> extends Described {
  readonly class: 'READ';
  readonly input: I;
  readonly output: z.ZodObject;
  /** Inputs that may be recorded: none that is personal. */
  readonly recorded: readonly (keyof z.output<I> & string)[];
  run(input: z.output<I>, context: ReadingContext): Promise<Reading>;
}

/** An operation that changes a device. */
export interface ChangeOperation extends Described {
  readonly class: 'PROPOSE' | 'MUTATE';
  readonly options: z.ZodObject;
  actionOf(options: Readonly<Record<string, unknown>>): DeviceAction;
  /** What Graph calls it where it reports on it; empty where it does not. */
  readonly reportedAs: readonly string[];
}

export type Operation = ReadOperation | ChangeOperation;

/** Checks a definition against the contract, and infers the types of its inputs. */
export function defineReading<I extends z.ZodObject>(definition: ReadOperation<I>): ReadOperation {
  return definition;
}
