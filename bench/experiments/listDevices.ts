import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { LISTED_PROPERTIES } from '../../src/operations/deviceFields.ts';
import type { Experiment } from '../figure.ts';
import type { Lab } from '../lab/lab.ts';

const DEVICES = 100_000;
const PAGE_SIZE = 999;
const PAGES = Math.ceil(DEVICES / PAGE_SIZE);
/** Before the first look at the memory, so that what every listing needs is not counted as the devices'. */
const FIRST_PAGES = 20;

/** A whole tenant, read page by page, against the same pages fetched from Graph without a gate between. */
export const listDevices: Experiment = {
  figures: [
    {
      name: 'callsPer100kListed',
      meaning: '100,000 devices listed, 999 to a page: calls to Microsoft',
      target: { atMost: 101 },
      form: 'whole',
    },
    {
      name: 'listedVsBareTransfer',
      meaning: 'the time of that, as a multiple of fetching the same pages without a gate',
      target: { atMost: 3 },
    },
    {
      name: 'heapPerListedDevice',
      meaning: 'memory a gate keeps of each device it has listed, bytes: it is flat',
      target: { atMost: 20 },
    },
  ],
  async run(lab) {
    const gate = await lab.startGate();
    await lab.simulator.setLatency(0);
    // Both ways once, so that nothing is compared with a program that is still cold.
    await listThroughGate(lab, gate.origin, FIRST_PAGES);
    await listBare(lab, FIRST_PAGES);
    const before = await gate.heapBytes();
    await lab.simulator.clearCounts();
    const through = await listThroughGate(lab, gate.origin, PAGES);
    const { managedDevices } = await lab.simulator.counts();
    const after = await gate.heapBytes();
    // In turn, so that a machine that gets busier meanwhile is no advantage for either.
    const bare = await listBare(lab, PAGES);
    const again = [await listThroughGate(lab, gate.origin, PAGES), await listBare(lab, PAGES)] as const;
    await gate.stop();
    const listed = [through, bare, ...again].map(({ devices }) => devices);
    if (listed.some((devices) => devices < DEVICES)) {
      throw new Error(`only ${Math.min(...listed)} devices were listed`);
    }
    return {
      values: {
        callsPer100kListed: managedDevices,
        listedVsBareTransfer: Math.min(through.ms, again[0].ms) / Math.min(bare.ms, again[1].ms),
        heapPerListedDevice: Math.max(0, after - before) / through.devices,
      },
      series: [],
    };
  },
};

interface Listing {
  readonly devices: number;
  readonly ms: number;
}

async function listThroughGate(lab: Lab, origin: string, pages: number): Promise<Listing> {
  const startedAt = performance.now();
  let devices = 0;
  let cursor = '';
  for (let page = 0; page < pages; page += 1) {
    const next = cursor === '' ? '' : `&cursor=${cursor}`;
    const answer = await request(`${origin}/v1/devices?page_size=${PAGE_SIZE}${next}`, {
      headers: { authorization: `Bearer ${lab.apiKey}` },
    });
    const body = (await answer.body.json()) as { readonly devices?: unknown[]; readonly cursor?: string };
    if (body.devices === undefined) throw new Error(`the gate answered ${answer.statusCode}`);
    devices += body.devices.length;
    cursor = body.cursor ?? '';
  }
  return { devices, ms: performance.now() - startedAt };
}

async function listBare({ simulator: { facts } }: Lab, pages: number): Promise<Listing> {
  const dispatcher = new Agent({ connect: { ca: readFileSync(facts.caFile) } });
  const token = await request(`${facts.authority}/${facts.tenantId}/oauth2/v2.0/token`, {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: facts.clientId,
      client_secret: facts.clientSecret,
      scope: 'https://graph.microsoft.com/.default',
    }).toString(),
  });
  const { access_token: accessToken } = (await token.body.json()) as { readonly access_token: string };
  const startedAt = performance.now();
  let devices = 0;
  let url = `${facts.graph}/v1.0/deviceManagement/managedDevices?$top=${PAGE_SIZE}&$select=${LISTED_PROPERTIES.join(',')}`;
  for (let page = 0; page < pages; page += 1) {
    const answer = await request(url, { dispatcher, headers: { authorization: `Bearer ${accessToken}` } });
    const body = (await answer.body.json()) as {
      readonly value: unknown[];
      readonly '@odata.nextLink'?: string;
    };
    devices += body.value.length;
    url = body['@odata.nextLink'] ?? '';
  }
  const ms = performance.now() - startedAt;
  await dispatcher.destroy();
  return { devices, ms };
}
