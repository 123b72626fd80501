import { timingSafeEqual } from 'node:crypto';
import { aadstsFailure } from './aadstsError.ts';
import { checkClientAssertion } from './clientAssertion.ts';
import type { AadstsFailure } from './aadstsError.ts';
import type { AppRegistration, World } from './world.ts';

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** The calling app, and whether it proved who it is. */
export interface AuthenticatedClient {
  readonly ok: true;
  readonly app: AppRegistration;
  readonly proven: boolean;
}

/** Finds the app and checks the credential it sent: a secret in the form or by HTTP Basic, or an assertion. */
export function authenticateClient(
  form: URLSearchParams,
  context: {
    world: World;
    authorization: string | undefined;
    tokenEndpoints: readonly string[];
    now: number;
  },
): AuthenticatedClient | AadstsFailure {
  const { world } = context;
  const basic = parseBasic(context.authorization);
  const clientId = form.get('client_id') ?? basic?.user;
  if (!clientId) return aadstsFailure(900144, { value: 'client_id' });
  const app = world.apps.find((candidate) => candidate.clientId === clientId.toLowerCase());
  if (app === undefined) return aadstsFailure(700016, { appId: clientId, tenant: world.tenant.displayName });
  if (!app.servicePrincipal) return aadstsFailure(7000229, { appId: clientId, tenant: world.tenant.id });

  const assertion = form.get('client_assertion');
  if (assertion !== null) {
    if (form.get('client_assertion_type') !== JWT_BEARER) {
      return aadstsFailure(900144, { value: 'client_assertion_type' });
    }
    return checkClientAssertion(assertion, app, context) ?? { ok: true, app, proven: true };
  }
  const secret = form.get('client_secret') ?? basic?.password;
  return secret === undefined ? { ok: true, app, proven: false } : checkSecret(secret, app);
}

function checkSecret(secret: string, app: AppRegistration): AuthenticatedClient | AadstsFailure {
  const found = app.secrets.filter(({ value }) => isEqual(value, secret));
  if (found.length === 0) return aadstsFailure(7000215, { appId: app.clientId });
  if (found.every(({ expired }) => expired)) return aadstsFailure(7000222, { appId: app.clientId });
  return { ok: true, app, proven: true };
}

/** RFC 6749 section 2.3.1: both halves are form-encoded before they are joined. */
function parseBasic(authorization: string | undefined): { user: string; password: string } | undefined {
  const encoded = /^Basic ([\w+/=-]+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1) return undefined;
  return { user: formDecode(text.slice(0, colon)), password: formDecode(text.slice(colon + 1)) };
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function isEqual(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
