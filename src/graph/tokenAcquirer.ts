import {
  ConfidentialClientApplication,
  ManagedIdentityApplication,
  PublicClientApplication,
  type AuthenticationResult,
  type Configuration,
} from '@azure/msal-node';
import type { Dispatcher } from 'undici';
import { parseCertificateCredential } from './certificateCredential.ts';
import type { Credential } from './credential.ts';
import { untilAborted } from '../node/withinDeadline.ts';
import { managedIdentityNetwork, withManagedIdentityNetwork } from './managedIdentityNetwork.ts';
import { createMsalNetwork, type MsalNetwork } from './msalNetwork.ts';
import type { TokenLifetime } from './tokenAnswer.ts';
import { tokenFailure, type TokenFailure } from './tokenFailure.ts';

export type Acquisition =
  ({ readonly ok: true; readonly token: string } & TokenLifetime) | ({ readonly ok: false } & TokenFailure);

/** Fetches one token over the network, bounded by the signal. Never rejects. */
export type AcquireToken = (signal: AbortSignal) => Promise<Acquisition>;

export interface TokenAcquirerOptions {
  readonly tenantId: string;
  readonly clientId: string;
  readonly credential: Credential;
  readonly authority: string;
  readonly graph: string;
  readonly attemptTimeoutMs: number;
  /** For Entra. */
  readonly dispatcher: Dispatcher;
  /** For the managed identity endpoint, a link-local address no proxy can reach. */
  readonly directDispatcher: Dispatcher;
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

type Ask = (network: MsalNetwork) => Promise<AuthenticationResult | null>;

const HALVED_ABOVE_MS = 2 * 3_600_000;

/**
 * MSAL, used for what it is good at: the grants and their signatures. Each acquisition gets a MSAL application of its own, since an
 * application remembers failures (it throws for up to an hour after a 503 without asking again) and awaits renewals; what is to be
 * remembered is remembered in `tokenSource.ts`. Throws `GateError` `configInvalid` at once for an unusable certificate.
 */
export function createTokenAcquirer(options: TokenAcquirerOptions): AcquireToken {
  const { credential, attemptTimeoutMs, now, random, sleep } = options;
  const isManagedIdentity = credential.kind === 'managedIdentity';
  const ask = askerFor(options);

  const attempt = async (signal: AbortSignal): Promise<Acquisition> => {
    const network = createMsalNetwork({
      dispatcher: isManagedIdentity ? options.directDispatcher : options.dispatcher,
      signal,
      timeoutMs: attemptTimeoutMs,
      authority: isManagedIdentity ? undefined : options.authority,
      now,
      random,
      sleep,
    });
    try {
      const result = await ask(network);
      const lifetime = network.lifetime();
      const token: unknown = result?.accessToken;
      // MSAL hands on whatever JSON the endpoint gave.
      if (typeof token === 'string' && lifetime !== undefined && /^[\x21-\x7e]+$/.test(token)) {
        return { ok: true, token, ...renewedAtHalf(lifetime, isManagedIdentity) };
      }
      return { ok: false, ...failureOf(network, undefined) };
    } catch (error) {
      return { ok: false, ...failureOf(network, error) };
    }
  };

  const failureOf = (network: MsalNetwork, error: unknown): TokenFailure => {
    if (error instanceof AssertionUnreadable) {
      return { reason: 'credentialRejected', detail: error.message };
    }
    const exchange = network.lastExchange();
    if (exchange !== undefined) return tokenFailure(exchange, now());
    return refusedByMsal(error);
  };

  return (signal) =>
    untilAborted(attempt(signal), signal, () => ({
      ok: false,
      reason: 'timeout',
      detail: 'No token came in the time allowed for it.',
    }));
}

function askerFor(options: TokenAcquirerOptions): Ask {
  const { credential, clientId, tenantId, authority, graph } = options;
  const scopes = [`${graph}/.default`];
  const auth = {
    clientId,
    authority: `${authority}/${encodeURIComponent(tenantId)}`,
    // With the port, or MSAL asks Microsoft on the Internet whether it knows this host.
    knownAuthorities: [new URL(authority).host],
  };
  const configure = (network: MsalNetwork, own: Partial<Configuration['auth']>): Configuration => ({
    auth: { ...auth, ...own },
    system: { networkClient: network.module, disableInternalRetries: true },
  });
  // MSAL would read a region out of the environment and ask another host.
  const request = { scopes, azureRegion: 'DisableMsalForceRegion' };

  switch (credential.kind) {
    case 'clientSecret': {
      const { clientSecret } = credential;
      return (network) =>
        new ConfidentialClientApplication(
          configure(network, { clientSecret }),
        ).acquireTokenByClientCredential(request);
    }
    case 'certificate': {
      const clientCertificate = parseCertificateCredential(
        credential.certificatePem,
        credential.privateKeyPem,
        credential.passphrase,
      );
      return (network) =>
        new ConfidentialClientApplication(
          configure(network, { clientCertificate }),
        ).acquireTokenByClientCredential(request);
    }
    case 'federatedAssertion':
      return async (network) => {
        const clientAssertion = await readAssertion(credential.readAssertion);
        return new ConfidentialClientApplication(
          configure(network, { clientAssertion }),
        ).acquireTokenByClientCredential(request);
      };
    case 'userPassword': {
      const { clientSecret, username, password } = credential;
      const login = { scopes, username, password };
      return (network) =>
        clientSecret === undefined
          ? new PublicClientApplication(configure(network, {})).acquireTokenByUsernamePassword(login)
          : new ConfidentialClientApplication(
              configure(network, { clientSecret }),
            ).acquireTokenByUsernamePassword(login);
    }
    case 'managedIdentity':
      return (network) =>
        withManagedIdentityNetwork(network.module, () =>
          new ManagedIdentityApplication({
            ...(credential.clientId === undefined
              ? {}
              : { managedIdentityIdParams: { userAssignedClientId: credential.clientId } }),
            system: { networkClient: managedIdentityNetwork, disableInternalRetries: true },
          }).acquireToken({ resource: graph, forceRefresh: true }),
        );
  }
}

class AssertionUnreadable extends Error {}

async function readAssertion(read: () => Promise<string>): Promise<string> {
  try {
    const assertion = (await read()).trim();
    if (assertion !== '') return assertion;
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    const hint = typeof code === 'string' && /^[A-Z]{3,20}$/.test(code) ? ` (${code})` : '';
    throw new AssertionUnreadable(`The federated assertion could not be read${hint}.`);
  }
  throw new AssertionUnreadable('The federated assertion is empty.');
}

/** Managed identity endpoints hand out tokens for a day and expect them to be renewed at half time. */
function renewedAtHalf(lifetime: TokenLifetime, isManagedIdentity: boolean): TokenLifetime {
  const { expiresInMs } = lifetime;
  return isManagedIdentity && lifetime.refreshInMs === undefined && expiresInMs > HALVED_ABOVE_MS
    ? { expiresInMs, refreshInMs: expiresInMs / 2 }
    : lifetime;
}

/** MSAL threw before it sent anything: the configuration is impossible. */
function refusedByMsal(error: unknown): TokenFailure {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'errorCode') : undefined;
  if (code === 'missing_tenant_id_error') {
    return {
      reason: 'tenantNotFound',
      detail: 'An application needs the id of one tenant; common and its kind will not do.',
    };
  }
  const hint = typeof code === 'string' && /^[a-z_]{1,60}$/.test(code) ? ` (${code})` : '';
  return { reason: 'requestRefused', detail: `No token request could be made of this configuration${hint}.` };
}
