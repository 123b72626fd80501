import type { LookupFailure } from '../node/deviceDirectory.ts';
import type { DeviceList, DevicePage, ListScope } from '../node/deviceList.ts';
import type { ManagedDevice } from '../node/managedDevice.ts';
import { rowsOf } from './detectedAppsAnswer.ts';
import type { AskGraph } from './graphRequest.ts';
import { deviceListUrl, LARGEST_PAGE, listsLeaveOut } from './graphUrls.ts';
import type { JsonObject } from './jsonObject.ts';
import { parseManagedDevice } from './managedDeviceAnswer.ts';
import { parseNextLink } from './nextLink.ts';
import { upstreamFailure } from './upstreamFailure.ts';

/** The port {@link DeviceList} over Microsoft Graph. A position is the link Graph gave, and is checked each time it is used. */
export function createGraphDeviceList(graph: string, ask: AskGraph): DeviceList {
  return {
    canTell: (properties) => !listsLeaveOut(properties),
    async readPage(scope, position, options) {
      const first = deviceListUrl(graph, scope);
      const link =
        position === undefined
          ? ({ kind: 'next', url: first } as const)
          : parseNextLink({ '@odata.nextLink': position }, first, new Set());
      if (link.kind !== 'next') return malformed('the position in the list is none');
      const answer = await ask('managedDevices', link.url, options);
      if (answer.kind === 'failure') return answer.failure;
      if (answer.kind === 'absent') return malformed('the list of devices is not found');
      const page = parsePage(answer.body, scope);
      if (typeof page === 'string') return malformed(page);
      const next = parseNextLink(answer.body, first, new Set([new URL(link.url).href]));
      if (next.kind === 'refused') return malformed(next.problem);
      return {
        ok: true,
        value: { ...page, next: next.kind === 'next' ? next.url : undefined },
        source: 'graph',
        fetchedAt: answer.fetchedAt,
      };
    },
  };
}

/** One row that is no device does not stop the others; one that the filter should have kept out means that there was no filter. */
function parsePage(body: JsonObject, { checkedInAfter }: ListScope): Omit<DevicePage, 'next'> | string {
  const rows = rowsOf(body);
  if (rows === undefined) return 'the answer is no list of devices';
  if (rows.length > LARGEST_PAGE) return `a page has more than ${LARGEST_PAGE} rows`;
  const devices: ManagedDevice[] = [];
  for (const row of rows) {
    const parsed = parseManagedDevice(row);
    if (!parsed.ok) continue;
    const { lastSync } = parsed.device;
    if (checkedInAfter !== undefined && (lastSync === undefined || lastSync < wholeSecond(checkedInAfter)))
      return 'filter ignored, the list holds a device that was not asked for';
    devices.push(parsed.device);
  }
  return { devices, unreadable: rows.length - devices.length };
}

function wholeSecond(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000;
}

function malformed(words: string): LookupFailure {
  return upstreamFailure('malformedAnswer', `Graph: ${words}.`);
}
