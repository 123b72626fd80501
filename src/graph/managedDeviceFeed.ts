import type { Lookup, LookupFailure, LookupOptions } from '../node/deviceDirectory.ts';
import { parseGuid } from '../node/deviceId.ts';
import { rowsOf } from './detectedAppsAnswer.ts';
import type { AskGraph } from './graphRequest.ts';
import { managedDeviceByIdUrl, managedDevicesListUrl, type DeviceListQuery } from './graphUrls.ts';
import { isJsonObject, type JsonObject } from './jsonObject.ts';
import { parseNextLink } from './nextLink.ts';
import { upstreamFailure } from './upstreamFailure.ts';

export interface DevicePage {
  readonly rows: readonly JsonObject[];
  /** The next page, to be given back as it is; undefined at the end. */
  readonly cursor: string | undefined;
}

/** Reads all managed devices of a tenant page by page, for those who copy them. Rows are as Graph wrote them. */
export interface ManagedDeviceFeed {
  /** @param cursor - of the page before, also of another process; it is checked to lead to this list */
  readPage(
    query: DeviceListQuery,
    cursor: string | undefined,
    options: LookupOptions,
  ): Promise<Lookup<DevicePage>>;
  /** One device with the fields that lists do not tell; undefined if Intune does not know it. */
  readDevice(
    id: string,
    select: readonly string[],
    options: LookupOptions,
  ): Promise<Lookup<JsonObject | undefined>>;
}

export function createManagedDeviceFeed(graph: string, ask: AskGraph): ManagedDeviceFeed {
  return {
    async readPage(query, cursor, options) {
      const first = managedDevicesListUrl(graph, query);
      const checked =
        cursor === undefined ? undefined : parseNextLink({ '@odata.nextLink': cursor }, first, new Set());
      if (checked !== undefined && checked.kind !== 'next')
        return malformed('the list cannot go on where it stood');
      const url = checked?.url ?? first;
      const answer = await ask('managedDevices', url, options);
      if (answer.kind === 'failure') return answer.failure;
      if (answer.kind === 'absent') return malformed('a page of the list is not found');
      const rows = rowsOf(answer.body);
      if (rows === undefined || !rows.every(isDevice)) return malformed('the answer is no list of devices');
      const next = parseNextLink(answer.body, first, new Set([new URL(url).href]));
      if (next.kind === 'refused') return malformed(next.problem);
      return {
        ok: true,
        value: { rows: rows as readonly JsonObject[], cursor: next.kind === 'next' ? next.url : undefined },
        source: 'graph',
        fetchedAt: answer.fetchedAt,
      };
    },

    async readDevice(id, select, options) {
      const guid = parseGuid(id);
      if (guid === undefined) return malformed('a device id is no GUID');
      const answer = await ask('managedDevice', managedDeviceByIdUrl(graph, guid, select), options);
      if (answer.kind === 'failure') return answer.failure;
      if (answer.kind === 'absent')
        return { ok: true, value: undefined, source: 'graph', fetchedAt: answer.fetchedAt };
      const told = answer.body['id'];
      if (typeof told !== 'string' || parseGuid(told) !== guid)
        return malformed('the answer is about another device');
      return { ok: true, value: answer.body, source: 'graph', fetchedAt: answer.fetchedAt };
    },
  };
}

function isDevice(row: unknown): boolean {
  return isJsonObject(row) && typeof row['id'] === 'string' && parseGuid(row['id']) !== undefined;
}

function malformed(words: string): LookupFailure {
  return upstreamFailure('malformedAnswer', `Graph: ${words}.`);
}
