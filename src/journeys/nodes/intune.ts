import { z } from 'zod';
import type { IntuneNode } from '../../node/intuneNode.ts';
import { OUTCOME_IDS, type OutcomeId } from '../../outcomes/outcome.ts';
import type { FoundIntuneNode } from '../intuneNodes.ts';
import { decisionContext } from '../journeyRequest.ts';
import { goTo, NodeFault } from '../nodeResult.ts';
import { defineNodeType } from '../nodeType.ts';
import { visibleEntries } from '../state/nodeState.ts';
import { setting } from './settings.ts';

const LABELS: Readonly<Record<OutcomeId, string>> = {
  COMPLIANT: 'Compliant',
  NONCOMPLIANT: 'Not Compliant',
  INGRACEPERIOD: 'In Grace Period',
  CONFIGMANAGER: 'Config Manager',
  CONFLICT: 'Conflict',
  NOID: 'No Id',
  UNKNOWN: 'Status Unknown',
  ERROR: 'Error',
};

/**
 * Ping's Microsoft Intune node, answered by a decision node of this gate. Its secrets are not read: the tenant it names has to be
 * configured here, with a secret of its own. Which hop may set its header is configured here as well. When it runs again in the same
 * journey, Microsoft is asked anew.
 */
export const intune = defineNodeType({
  type: 'IntuneNode',
  displayName: 'Microsoft Intune',
  configuration: z.object({
    inTuneHeader: setting(z.string().min(1), 'x-intune'),
    inTuneSS: setting(z.boolean(), false),
    azureTenantId: z.string().min(1),
    appRegistrationClientId: z.string().min(1),
    passDeviceInfoSession: setting(z.boolean(), false),
    extractApps: setting(z.boolean(), false),
  }),
  outcomes: () => Object.values(OUTCOME_IDS).map((id) => ({ id, displayName: LABELS[id] })),
  asks: () => 'never',
  check(config, { nodeId, intuneNodes }) {
    const found = intuneNodes?.find(nodeId, config);
    return found === undefined || found.ok
      ? []
      : [{ code: 'badConfiguration', at: [found.setting], message: found.problem }];
  },
  present: async (config, { nodeId, request, intuneNodes }) =>
    orFault(intuneNodes.find(nodeId, config)).presentedIds(decisionContext(request, {})),
  async run({ nodeId, config, ports, request, state, signal }) {
    const node = orFault(ports.intuneNodes.find(nodeId, config));
    // A journey that comes back does so because somebody may have repaired the device meanwhile.
    const asked = `${nodeId}.asked`;
    const recheck = state.get(asked) === true;
    const context = decisionContext(request, visibleEntries(state));
    const { decision } = await node.decide({ ...context, recheck }, signal);
    state.putShared(asked, true);
    for (const [key, value] of Object.entries(decision.sharedState)) state.putShared(key, value);
    // Only what the request itself presents can be asked for again at later steps.
    const presented = await node.presentedIds(decisionContext(request, {}), signal);
    // Or later steps would not be held to the device that was asked about.
    if (presented === undefined && decision.deviceId !== null) {
      throw new NodeFault('what presents the device does not count any more');
    }
    return goTo(decision.outcomeId, { device: { decision, presented: presented ?? [] } });
  },
});

function orFault(found: FoundIntuneNode): IntuneNode {
  if (!found.ok) throw new NodeFault(found.problem);
  return found.node;
}
