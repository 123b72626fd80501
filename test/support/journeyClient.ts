import type { FastifyInstance } from 'fastify';
import { answered, callAuthenticate, type ClientStep } from './testJourneys.ts';

/** One answer of the gate, whichever it is. */
export interface JourneyAnswer extends ClientStep {
  readonly tokenId?: string;
  readonly code?: number;
  readonly message?: string;
}

/** Speaks the protocol as curl would. */
export interface JourneyClient {
  start(tree: string, headers?: Record<string, string>): Promise<JourneyAnswer>;
  next(
    step: ClientStep,
    values: readonly unknown[],
    headers?: Record<string, string>,
  ): Promise<JourneyAnswer>;
}

export function createJourneyClient(app: () => FastifyInstance): JourneyClient {
  return journeyClientOver(async (query, body, headers) =>
    (await callAuthenticate(app(), body, { query, headers })).json<JourneyAnswer>(),
  );
}

/** @param call - makes a call of the authenticate endpoint, with this query, in whatever way */
export function journeyClientOver(
  call: (
    query: string,
    body: ClientStep | undefined,
    headers: Record<string, string>,
  ) => Promise<JourneyAnswer>,
): JourneyClient {
  return {
    start: (tree, headers = {}) => call(`?authIndexType=service&authIndexValue=${tree}`, undefined, headers),
    next: (step, values, headers = {}) => call('', answered(step, values), headers),
  };
}

/** Something a callback of a step says. */
export function outputOf(step: ClientStep, position: number, name: string): unknown {
  return step.callbacks[position]?.output.find((output) => output.name === name)?.value;
}
