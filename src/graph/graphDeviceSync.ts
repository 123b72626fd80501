import type { DeviceSync } from '../node/deviceSync.ts';
import type { AskGraph } from './graphRequest.ts';
import { deviceActionUrl } from './graphUrls.ts';

/** The port {@link DeviceSync} over Microsoft Graph. To be told twice to check in harms no device, so it is sent again like any question. */
export function createGraphDeviceSync(graph: string, ask: AskGraph): DeviceSync {
  return {
    async syncDevice(id, options) {
      const url = deviceActionUrl(graph, id, 'syncDevice');
      const answer = await ask('deviceAction', url, options, { method: 'POST' });
      if (answer.kind === 'failure') return answer.failure;
      return { ok: true, value: answer.kind === 'body', source: 'graph', fetchedAt: answer.fetchedAt };
    },
  };
}
