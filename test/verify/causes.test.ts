import { describe, expect, test } from 'vitest';
import { isUpstream, REASON_NAMES } from '../../src/outcomes/reason.ts';
import { causesOf } from '../../src/verify/causes.ts';
import type { CredentialKind } from '../../src/verify/credentialCauses.ts';

const KINDS: readonly CredentialKind[] = [
  'clientSecret',
  'certificate',
  'userPassword',
  'managedIdentity',
  'federatedAssertion',
];

/** What a failure at the token endpoint says. */
function atEntra(number: number | undefined): string {
  const code = number === undefined ? '' : `, AADSTS${number}`;
  return `The token endpoint: some words (HTTP 401, invalid_client${code}, trace id 0).`;
}

function causes(kind: CredentialKind, detail: string, step: 'token' | 'graph' = 'token'): readonly string[] {
  return causesOf({ reason: 'credentialRejected', detail }, step, kind).map(({ cause }) => cause);
}

describe('a rejected credential', () => {
  test.each<[number, CredentialKind, readonly RegExp[]]>([
    [7000215, 'clientSecret', [/client secret is wrong, or it is the id/]],
    [7000215, 'userPassword', [/client secret is wrong/]],
    [7000218, 'userPassword', [/gives no secret to send/]],
    [700027, 'certificate', [/certificate is not one the app registration knows/]],
    [700027, 'federatedAssertion', [/no federated credential/]],
    [700030, 'certificate', [/certificate is not one/]],
    [70021, 'federatedAssertion', [/no federated credential/]],
    [700211, 'federatedAssertion', [/no federated credential/]],
    [700212, 'federatedAssertion', [/no federated credential/]],
    [700213, 'federatedAssertion', [/no federated credential/]],
    [700024, 'certificate', [/clock of this machine/]],
    [700024, 'federatedAssertion', [/has expired/, /clock of this machine/]],
    ...KINDS.map((kind): [number, CredentialKind, RegExp[]] => [
      7000112,
      kind,
      [/application is disabled in this tenant/],
    ]),
  ])('with AADSTS%i of a %s', (number, kind, expected) => {
    expect(causes(kind, atEntra(number))).toEqual(
      expected.map((pattern) => expect.stringMatching(pattern) as string),
    );
  });

  test.each<[CredentialKind, readonly RegExp[]]>([
    ['clientSecret', [/client secret is wrong/]],
    ['certificate', [/certificate is not one/, /clock/]],
    ['federatedAssertion', [/no federated credential/, /has expired/]],
    ['managedIdentity', [/no managed identity/]],
    ['userPassword', [/client secret is wrong/, /gives no secret to send/, /does not allow this kind/]],
  ])('of a %s without a telling number has the causes of its kind', (kind, expected) => {
    for (const detail of [atEntra(undefined), atEntra(123456)]) {
      expect(causes(kind, detail)).toEqual(
        expected.map((pattern) => expect.stringMatching(pattern) as string),
      );
    }
  });

  test.each(['The federated assertion could not be read (ENOENT).', 'The federated assertion is empty.'])(
    '%s',
    (detail) => {
      expect(causes('federatedAssertion', detail)).toEqual([
        expect.stringMatching(/file with the token of the workload cannot be read, or it is empty/),
      ]);
    },
  );

  test('at Graph is a rejected token, whatever the credential', () => {
    for (const kind of KINDS) {
      const found = causes(
        kind,
        'Graph rejected the access token (HTTP 401, InvalidAuthenticationToken).',
        'graph',
      );
      expect(found).toEqual([
        expect.stringMatching(/^Graph rejected the token that Entra gave.*another cloud/),
        expect.stringMatching(/^Graph rejected the token that Entra gave.*clock/),
        expect.stringMatching(/^Graph rejected the token that Entra gave.*revoked/),
      ]);
    }
  });

  test('at Entra while Graph is being asked is that of Entra', () => {
    expect(causes('clientSecret', atEntra(7000215), 'graph')).toEqual([
      expect.stringMatching(/client secret is wrong/),
    ]);
  });
});

test('every upstream reason has causes, and several of them tell themselves apart', () => {
  for (const reason of REASON_NAMES.filter(isUpstream)) {
    for (const kind of KINDS) {
      const found = causesOf({ reason, detail: '' }, 'token', kind);
      expect(found.length).toBeGreaterThan(0);
      expect(found.length === 1 || found.every(({ decidedBy }) => decidedBy !== undefined)).toBe(true);
    }
  }
});
