import { pickProperties, refuseUnknownNames, selectedNames } from '../selectProperties.ts';
import type { GraphResource } from '../graphResource.ts';

/** The tenant's Intune as a whole; its `settings` are the switches that decide what "compliant" means. */
export const deviceManagement: GraphResource = {
  endpoint: 'settings',
  pattern: ['deviceManagement'],
  handle({ world, query, root, errors }) {
    const names = selectedNames(query);
    const entity = {
      id: world.tenant.id,
      intuneAccountId: world.tenant.id,
      subscriptionState: 'active',
      intuneBrand: null,
      settings: world.tenant.settings,
    };
    const refused = refuseUnknownNames(names, entity, 'microsoft.graph.deviceManagement', errors);
    if (refused !== undefined) return refused;
    const suffix = names === undefined ? '' : `(${names.join(',')})`;
    return {
      status: 200,
      body: {
        '@odata.context': `${root}/$metadata#deviceManagement${suffix}/$entity`,
        ...pickProperties(entity, names),
      },
    };
  },
};
