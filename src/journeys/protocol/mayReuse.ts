import type { Session } from '../../sessions/session.ts';
import type { JourneyRequest } from '../journeyRequest.ts';
import type { RunnableJourney, RunnableNode } from '../runnableJourney.ts';
import type { Chosen } from './chooseJourney.ts';

/**
 * Pure: is a session enough for what a client asks for, so that the journey need not run? It is if it came from the journey that was named
 * and has the level that was asked for, unless the journey or the client wants it to run in any case. A journey that looks at the device always runs: a session says nothing of the device that
 * holds it now.
 */
export function mayReuse(
  session: Session,
  { journey, isNamed, targetLevel }: Chosen,
  journeys: ReadonlyMap<string, RunnableJourney>,
  { parameters }: JourneyRequest,
): boolean {
  return (
    (!isNamed || session.service === journey.journey.name) &&
    session.authLevel >= (targetLevel ?? session.authLevel) &&
    !journey.journey.mustRun &&
    parameters.get('ForceAuth')?.includes('true') !== true &&
    !looksAtDevice(journey, journeys)
  );
}

function looksAtDevice(
  { nodes, innerTrees }: RunnableJourney,
  journeys: ReadonlyMap<string, RunnableJourney>,
): boolean {
  const looks = ({ type, children }: RunnableNode): boolean =>
    type.present !== undefined || type.looksAtDevice === true || children.some(looks);
  return (
    [...nodes.values()].some(looks) ||
    innerTrees.some((name) => {
      const inner = journeys.get(name);
      return inner !== undefined && looksAtDevice(inner, journeys);
    })
  );
}
