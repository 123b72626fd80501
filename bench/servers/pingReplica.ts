import { readFileSync } from 'node:fs';
import { Client } from 'undici';
import { readReferenceSettings } from './referenceSettings.ts';
import { serveReference } from './serveReference.ts';

/**
 * A replica, not the product: it makes the calls that Ping's Intune node makes for each decision, a token by user name and password and
 * then the whole device, each with an HTTP client of its own, with nothing remembered and no status looked at. The product does
 * this in Java, inside a journey; this is about its calls, not about its language.
 */
const settings = readReferenceSettings();
const { simulator } = settings;
const connect = { ca: readFileSync(simulator.caFile) };

await serveReference(settings, async (deviceId) => {
  const token = (await exchange('POST', `/${simulator.tenantId}/oauth2/v2.0/token`, {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      client_id: simulator.clientId,
      client_secret: simulator.clientSecret,
      grant_type: 'password',
      username: simulator.username,
      password: simulator.password,
      scope: `${simulator.graph}/.default`,
    }).toString(),
  })) as { readonly access_token?: string };
  const device = (await exchange('GET', `/v1.0/deviceManagement/manageddevices/${deviceId}`, {
    headers: { authorization: `Bearer ${token.access_token ?? ''}` },
  })) as { readonly complianceState?: string };
  return device.complianceState ?? 'error';
});

/** The product leaves its clients to the garbage collector; closing them here is the cheaper thing to do. */
async function exchange(
  method: 'GET' | 'POST',
  path: string,
  { headers, body }: { readonly headers: Record<string, string>; readonly body?: string },
): Promise<unknown> {
  const client = new Client(simulator.graph, { connect });
  try {
    const answer = await client.request({ method, path, headers, body: body ?? null });
    return await answer.body.json();
  } finally {
    await client.close();
  }
}
