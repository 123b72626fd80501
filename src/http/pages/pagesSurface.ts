import type { IntuneNode } from '../../node/intuneNode.ts';
import type { DeviceDesk } from '../../pages/deviceDesk.ts';
import type { TextTables } from '../../pages/pageTexts.ts';
import type { AllowedHosts } from '../../policy/allowedRedirect.ts';
import type { FormTokens } from '../../sessions/formTokens.ts';

/** What the pages answer from. */
export interface PagesSurface {
  readonly texts: TextTables;
  /** Journey of the login page; undefined for the one that runs where clients name none. */
  readonly journey: string | undefined;
  /** Journey for those who come to the device page; undefined for that of the login page. */
  readonly deviceJourney: string | undefined;
  /** Where people may be sent after a login. */
  readonly allowedHosts: AllowedHosts;
  readonly formTokens: FormTokens;
  readonly desk: DeviceDesk;
  /** May a recheck have devices check in? */
  readonly canTell: boolean;
  /** Name of the node that decides about the device of a request. */
  readonly nodeName: string;
  readonly node: IntuneNode;
  /** The same, except that the device is named by whoever asks. */
  readonly nodeFor: (deviceId: string) => IntuneNode;
  /** Callers that may ask about any device. An empty list means nobody. */
  readonly callers: ReadonlySet<string>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}
