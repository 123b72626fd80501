import type { FastifyReply } from 'fastify';
import type { LookupOptions } from '../node/deviceDirectory.ts';
import { startDeadline } from '../node/deadline.ts';
import type { Actor, Via } from '../operations/actor.ts';
import type { Operations } from '../operations/operations.ts';
import type { Caller } from './callerAuthentication.ts';
import { watchDeparture } from './departure.ts';
import { ProblemError } from './problem.ts';
import type { Surface } from './surface.ts';

/** What the routes for devices and groups are answered from. */
export interface OperationsSurface {
  readonly operations: Operations;
  /** Bound of one call, milliseconds. */
  readonly deadlineMs: number;
  /** Origins of pages that may use the tools of assistants. */
  readonly mcpOrigins: ReadonlySet<string>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** @throws ProblemError `notPermitted` if nobody may do anything with devices here */
export function operationsOf({ operations }: Pick<Surface, 'operations'>): OperationsSurface {
  if (operations === undefined)
    throw new ProblemError('notPermitted', 'No caller of this gate has any grants.');
  return operations;
}

export function actorOf({ name, grants, tenants }: Caller, via: Via): Actor {
  return { principal: name, grants, tenants, via };
}

/**
 * Runs a call within its deadline. A reading ends when whoever asked goes away; a change does not, as it would not be known what became
 * of it.
 */
export async function withinCall<T>(
  { deadlineMs, now }: OperationsSurface,
  reply: FastifyReply,
  endsWithCaller: boolean,
  run: (bound: LookupOptions) => Promise<T>,
): Promise<T> {
  const deadline = startDeadline(deadlineMs, now, endsWithCaller ? watchDeparture(reply.raw) : undefined);
  try {
    return await run({ signal: deadline.signal, deadline: deadline.at });
  } finally {
    deadline.end();
  }
}
