import { FORGED, get, IDENTITY_HEADERS, spellingsOf, type Attempt, type Forgery } from './attempt.ts';

/** Sent by a device that may pass, with headers that only the gate may set: none of these values may arrive. */
export function identityAttempts({ headers, stolen, secret }: Forgery): readonly Attempt[] {
  const attempt = (label: string, lines: readonly string[]): Attempt => ({ label, request: get(lines) });
  return [
    ...IDENTITY_HEADERS.flatMap((name) => [
      ...spellingsOf(name).map((spelled) => attempt(spelled, [`${spelled}: ${FORGED}`])),
      attempt(`${name} twice`, [`${name}: ${FORGED}`, `${name}: ${FORGED}`]),
      attempt(`${name} in lower case`, [`${name.toLowerCase()}: ${FORGED}`]),
      attempt(`${name} named in Connection`, [`${name}: ${FORGED}`, `Connection: ${name}`]),
    ]),
    attempt(
      'all of them',
      IDENTITY_HEADERS.map((name) => `${name}: ${FORGED}`),
    ),
    attempt('other spellings, an empty one after them', [
      ...IDENTITY_HEADERS.map((name) => `${name.replaceAll('-', '_')}: ${FORGED}`),
      'X_Other:',
    ]),
    attempt('the secret', [`${secret[0]}: ${FORGED}`]),
    attempt('the certificate header', [`${headers.name}: ${FORGED}`]),
    attempt('another certificate', [`${headers.name}: ${headers.write(stolen)}`]),
    ...headers.success.map(([name]) => attempt(name, [`${name}: ${FORGED}`])),
  ];
}
