import type { RequestContext } from '../node/requestContext.ts';

/** The request of the step that runs, as the client sent it, and who delivered it. */
export interface JourneyRequest extends Omit<RequestContext, 'sharedState'> {
  /** Query parameters, each with all its values. */
  readonly parameters: ReadonlyMap<string, readonly string[]>;
  readonly cookies: ReadonlyMap<string, string>;
  /** Languages the client prefers, best first. */
  readonly locales: readonly string[];
}

/** What a decision node is asked with: the request, and the state of the journey. */
export function decisionContext(
  request: JourneyRequest,
  sharedState: Readonly<Record<string, unknown>>,
): RequestContext {
  const { parameters: _parameters, cookies: _cookies, locales: _locales, ...delivered } = request;
  return { ...delivered, sharedState };
}
