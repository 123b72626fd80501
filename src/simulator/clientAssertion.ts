import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { aadstsFailure } from './aadstsError.ts';
import { isSignedBy, parseJsonWebToken } from './jsonWebToken.ts';
import type { AadstsFailure } from './aadstsError.ts';
import type { JsonWebToken } from './jsonWebToken.ts';
import type { AppRegistration } from './world.ts';

/** Clocks may differ by this much, seconds. */
const CLOCK_SKEW_SECONDS = 300;

/**
 * Judges the JWT by which an app proves who it is. Issued by the app itself it must be signed by a registered certificate; issued by
 * somebody else it must match a federated credential.
 *
 * @returns the failure, or `undefined` if the assertion is good
 */
export function checkClientAssertion(
  assertion: string,
  app: AppRegistration,
  context: { tokenEndpoints: readonly string[]; now: number },
): AadstsFailure | undefined {
  const token = parseJsonWebToken(assertion);
  if (token === undefined) return aadstsFailure(50027);
  return token.claims['iss'] === app.clientId
    ? checkCertificateAssertion(token, app, context)
    : checkFederatedAssertion(token, app, context.now);
}

function checkCertificateAssertion(
  token: JsonWebToken,
  app: AppRegistration,
  { tokenEndpoints, now }: { tokenEndpoints: readonly string[]; now: number },
): AadstsFailure | undefined {
  const { claims } = token;
  const key = registeredKey(token, app);
  if (key === undefined) return aadstsFailure(700027, { value: 'The key was not found.' });
  // ES256 is for federated credentials; certificates of apps are RSA.
  if (token.header['alg'] === 'ES256' || !isSignedBy(token, key)) {
    return aadstsFailure(700027, {
      value: 'The key was found, but use of the key to verify the signature failed.',
    });
  }
  if (claims['sub'] !== app.clientId) return aadstsFailure(50027);
  if (typeof claims['aud'] !== 'string' || !tokenEndpoints.includes(claims['aud']))
    return aadstsFailure(700023);
  return isWithinItsTime(token, now) ? undefined : aadstsFailure(700024);
}

/** The certificate the header points at: by SHA-256 if it says so, else by SHA-1. */
function registeredKey({ header }: JsonWebToken, app: AppRegistration): KeyObject | undefined {
  const [name, algorithm] = header['x5t#S256'] === undefined ? ['x5t', 'sha1'] : ['x5t#S256', 'sha256'];
  const wanted = header[name];
  if (typeof wanted !== 'string') return undefined;
  return app.certificates
    .map((pem) => new X509Certificate(pem))
    .find(
      (certificate) =>
        createHash(algorithm).update(certificate.raw).digest('base64url') === wanted.replace(/=+$/, ''),
    )?.publicKey;
}

function checkFederatedAssertion(
  token: JsonWebToken,
  app: AppRegistration,
  now: number,
): AadstsFailure | undefined {
  const { claims } = token;
  const credential = app.federatedCredentials.find(
    ({ issuer, subject, audience }) =>
      issuer === claims['iss'] && subject === claims['sub'] && [claims['aud']].flat().includes(audience),
  );
  if (credential === undefined) return aadstsFailure(70021);
  if (!isSignedBy(token, createPublicKey(credential.publicKeyPem))) return aadstsFailure(50027);
  return isWithinItsTime(token, now) ? undefined : aadstsFailure(700024);
}

function isWithinItsTime({ claims }: JsonWebToken, now: number): boolean {
  const seconds = now / 1000;
  const { exp, nbf } = claims as { exp?: unknown; nbf?: unknown };
  if (typeof exp !== 'number' || exp + CLOCK_SKEW_SECONDS <= seconds) return false;
  return nbf === undefined || (typeof nbf === 'number' && nbf - CLOCK_SKEW_SECONDS <= seconds);
}
