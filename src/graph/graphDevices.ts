import type { Lookup, LookupFailure, LookupOptions } from '../node/deviceDirectory.ts';
import type { DeviceId } from '../node/deviceId.ts';
import type { ManagedDevice } from '../node/managedDevice.ts';
import { DEVICE_PROPERTIES, LISTED_PROPERTIES } from '../operations/deviceFields.ts';
import type { DeviceAction, DeviceOperations } from '../operations/deviceOperations.ts';
import { rowsOf } from './detectedAppsAnswer.ts';
import type { AskBatch } from './graphBatch.ts';
import { readPage } from './graphPage.ts';
import { readPages } from './graphPages.ts';
import type { AskGraph, GraphAnswer, GraphAsking } from './graphRequest.ts';
import { batchedDeviceUrl, deviceActionUrl, devicePageUrl, devicesByTextUrl } from './graphUrls.ts';
import type { JsonObject } from './jsonObject.ts';
import { parseManagedDevice } from './managedDeviceAnswer.ts';
import { upstreamFailure } from './upstreamFailure.ts';

/** One serial number, or one user, has a few devices; placeholders such as "System Serial Number" have many. */
const SAME_BOUNDS = { maxPages: 5, maxRows: 1_000 } as const;

/** The port {@link DeviceOperations} over Microsoft Graph. */
export function createGraphDevices(graph: string, ask: AskGraph, askBatch: AskBatch): DeviceOperations {
  const findBy = async (
    property: 'serialNumber' | 'userPrincipalName',
    value: string,
    options: LookupOptions,
  ): Promise<Lookup<readonly ManagedDevice[]>> => {
    // An empty key matches every device there is.
    if (value.trim() === '') return malformed('an empty key was not asked for');
    const url = devicesByTextUrl(graph, property, value, LISTED_PROPERTIES);
    const wanted = value.toLowerCase();
    const pages = await readPages(ask, 'managedDevices', url, options, SAME_BOUNDS, (body) => {
      const rows = parseDevices(body);
      if (typeof rows === 'string') return rows;
      return rows.every((device) => device[property]?.toLowerCase() === wanted)
        ? rows
        : 'filter ignored, the list holds a device that was not asked for';
    });
    if (pages.kind === 'failure') return pages.failure;
    const rows = pages.kind === 'absent' ? [] : distinct(pages.rows);
    return { ok: true, value: rows, source: 'graph', fetchedAt: pages.fetchedAt };
  };

  return {
    async listDevices({ checkedInSince, pageSize, next }, options) {
      const page = await readPage(
        ask,
        {
          endpoint: 'managedDevices',
          first: devicePageUrl(graph, { properties: LISTED_PROPERTIES, pageSize, checkedInSince }),
          next,
          parse: parseDevices,
        },
        options,
      );
      if (!page.ok) return page;
      if (page.value === undefined) return malformed('there is no list of devices');
      const rows = distinct(page.value.rows);
      return {
        ...page,
        value: {
          // Whatever the filter did: what is told is what was asked for.
          rows:
            checkedInSince === undefined
              ? rows
              : rows.filter(({ lastSync }) => lastSync !== undefined && lastSync >= checkedInSince),
          next: page.value.next,
          // What Intune counts here is the page, not the whole.
          total: undefined,
        },
      };
    },

    async readDevices(ids, options) {
      const answers = await askBatch(
        new Map(ids.map((id) => [id, batchedDeviceUrl(id, DEVICE_PROPERTIES)])),
        options,
      );
      const devices = new Map<DeviceId, Lookup<ManagedDevice | undefined>>(
        ids.map((id) => [id, deviceOf(id, answers.get(id))]),
      );
      // Where nobody got an answer, and for the same reason, there is no answer at all.
      const all = [...devices.values()];
      const [first] = all;
      if (first?.ok === false && all.every((one) => !one.ok && one.reason === first.reason)) return first;
      const fetchedAt = Math.min(...all.flatMap((one) => (one.ok ? [one.fetchedAt] : [])));
      return { ok: true, value: devices, source: 'graph', fetchedAt };
    },

    findDevicesBySerialNumber: (serialNumber, options) => findBy('serialNumber', serialNumber, options),
    findDevicesByUser: (name, options) => findBy('userPrincipalName', name, options),

    async act(id, action, options) {
      const { path, asking } = actionRequest(action);
      const answer = await ask('deviceAction', deviceActionUrl(graph, id, path), options, asking);
      if (answer.kind === 'failure') return answer.failure;
      return { ok: true, value: answer.kind === 'body', source: 'graph', fetchedAt: answer.fetchedAt };
    },
  };
}

function actionRequest(action: DeviceAction): {
  readonly path: string | undefined;
  readonly asking: GraphAsking;
} {
  switch (action.kind) {
    // To be told twice to check in, or to lock, harms nobody.
    case 'sync':
      return { path: 'syncDevice', asking: { method: 'POST' } };
    case 'lock':
      return { path: 'remoteLock', asking: { method: 'POST' } };
    case 'retire':
      return { path: 'retire', asking: { method: 'POST', once: true } };
    case 'delete':
      return { path: undefined, asking: { method: 'DELETE', once: true } };
    case 'wipe':
      // What is undefined is left out.
      return { path: 'wipe', asking: { method: 'POST', once: true, body: JSON.stringify(action.options) } };
  }
}

function deviceOf(id: DeviceId, answer: GraphAnswer | undefined): Lookup<ManagedDevice | undefined> {
  if (answer === undefined) return malformed('a part of the answer is missing');
  if (answer.kind === 'failure') return answer.failure;
  const found = { ok: true, source: 'graph', fetchedAt: answer.fetchedAt } as const;
  if (answer.kind === 'absent') return { ...found, value: undefined };
  const parsed = parseManagedDevice(answer.body);
  if (!parsed.ok) return malformed(parsed.problem);
  return parsed.device.id === id
    ? { ...found, value: parsed.device }
    : malformed('the answer is about another device');
}

function parseDevices(body: JsonObject): readonly ManagedDevice[] | string {
  const rows = rowsOf(body);
  if (rows === undefined) return 'the answer is no list of devices';
  const devices: ManagedDevice[] = [];
  for (const row of rows) {
    const parsed = parseManagedDevice(row);
    if (!parsed.ok) return parsed.problem;
    devices.push(parsed.device);
  }
  return devices;
}

/** Of two rows of one device, the one that is told last is the newer. */
function distinct(devices: readonly ManagedDevice[]): readonly ManagedDevice[] {
  return [...new Map(devices.map((device) => [device.id, device])).values()];
}

function malformed(words: string): LookupFailure {
  return upstreamFailure('malformedAnswer', `Graph: ${words}.`);
}
