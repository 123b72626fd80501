import type { IntuneNode } from '../node/intuneNode.ts';

/** The settings of an exported IntuneNode that decide which of our nodes answers. Ping's names. */
export interface PingIntuneSettings {
  readonly inTuneHeader: string;
  readonly inTuneSS: boolean;
  readonly azureTenantId: string;
  readonly appRegistrationClientId: string;
  readonly passDeviceInfoSession: boolean;
  readonly extractApps: boolean;
}

export type FoundIntuneNode =
  | { readonly ok: true; readonly node: IntuneNode }
  /** Which setting names something that is not configured here. */
  | { readonly ok: false; readonly setting: keyof PingIntuneSettings; readonly problem: string };

/** Port: the decision nodes that stand behind the IntuneNodes of journeys. */
export interface IntuneNodes {
  /** @param nodeId - id of the node in its tree */
  find(nodeId: string, settings: PingIntuneSettings): FoundIntuneNode;
}
