import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Reason } from '../../src/outcomes/reason.ts';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { createVerifyBench, type VerifyBench, type VerifyOptions } from './verifyBench.ts';

let bench: VerifyBench;
/** Random values that must never be seen; none is a word. */
let secrets: string[];

beforeAll(async () => {
  bench = await createVerifyBench();
  secrets = [
    ...bench.app().secrets.map(({ value }) => value),
    ...bench.simulator.world.users.map(({ password }) => password),
    WRONG,
  ];
});
afterEach(() => {
  bench.simulator.reset();
});
afterAll(async () => {
  await bench.close();
});

const WRONG = 'wr0ng.V8Q~9e1c7d55-not-the-value';
const ABSENT_ID = '00000000-0000-4000-8000-00000000dead';
const OPERATOR = /who: whoever runs this gate/;
const CONSENT_ADMIN = /who: a Privileged Role Administrator or Global Administrator/;

interface BrokenSetup {
  readonly name: string;
  /** Breaks the world or gives a configuration that does not fit it. */
  readonly breakIt: () => VerifyOptions | Promise<VerifyOptions>;
  /** What `verify` must name: check and reason, in the order of the checks. */
  readonly failures: readonly (readonly [check: string, reason: Reason])[];
  /** Who must act and what is to be done, in the text for people. */
  readonly says: readonly RegExp[];
  /** Where Microsoft's answer leaves more than one cause: how many, each with the check that tells it from the others. */
  readonly causes?: number;
  readonly exitCode?: 3;
}

function secretCredential(value: string): VerifyOptions {
  bench.folder.file('other-secret', value);
  return { tenant: { credential: { kind: 'clientSecret', clientSecret: { file: 'other-secret' } } } };
}

/** Microsoft gives every answer an id of its own. */
function withoutIds(text: string): string {
  return text.replaceAll(/ id [0-9a-f-]{36}/g, ' id');
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const BROKEN: readonly BrokenSetup[] = [
  {
    name: '1 the client secret is wrong',
    breakIt: () => secretCredential(WRONG),
    failures: [['token', 'credentialRejected']],
    says: [OPERATOR, /to do: put the value of a current secret/, /AADSTS7000215/],
    causes: 2,
  },
  {
    name: '2 the client secret has expired',
    breakIt: () => {
      for (const secret of bench.app().secrets) secret.expired = true;
      return {};
    },
    failures: [['token', 'credentialExpired']],
    says: [/who: an administrator of the app registration/, /to do: create a new secret/, /AADSTS7000222/],
  },
  {
    name: '3 no application has the client id',
    breakIt: () => ({ tenant: { clientId: ABSENT_ID } }),
    failures: [['token', 'appNotFound']],
    says: [OPERATOR, /to do: compare clientId/, CONSENT_ADMIN, /AADSTS700016/],
    causes: 2,
  },
  {
    name: '3 the application is not in this tenant',
    breakIt: () => {
      bench.app().servicePrincipal = false;
      return {};
    },
    failures: [['token', 'appNotFound']],
    says: [/to do: correct tenantId, or add the application to this tenant/, CONSENT_ADMIN],
    causes: 2,
  },
  {
    name: '4 there is no such tenant',
    breakIt: () => ({ tenant: { tenantId: ABSENT_ID } }),
    failures: [['token', 'tenantNotFound']],
    says: [OPERATOR, /to do: compare tenantId/, /to do: set `cloud`/, /AADSTS90002/],
    causes: 2,
  },
  {
    name: '5 nobody has consented (a user asks)',
    breakIt: () => {
      bench.app().consented = false;
      return { tenant: { credential: bench.userCredential('gate') } };
    },
    failures: [['token', 'consentMissing']],
    says: [CONSENT_ADMIN, /Grant admin consent/, /AADSTS65001/],
  },
  {
    name: '5 nobody has consented (the application asks, and gets a token without roles)',
    breakIt: () => {
      bench.app().consented = false;
      return {};
    },
    failures: [
      ['permissions', 'consentMissing'],
      ['device', 'consentMissing'],
    ],
    says: [CONSENT_ADMIN, /no permission at all/, /Grant admin consent/],
  },
  {
    name: '6 the permission for managed devices is missing',
    breakIt: () => {
      bench.app().roles = ['Device.Read.All'];
      return {};
    },
    failures: [
      ['permissions', 'permissionMissing'],
      ['device', 'permissionMissing'],
    ],
    says: [
      CONSENT_ADMIN,
      /lacks DeviceManagementManagedDevices\.Read\.All; it carries Device\.Read\.All/,
      /add that permission/,
    ],
  },
  {
    name: '6 the permission for Entra devices is missing, and a node needs it',
    breakIt: () => {
      bench.app().roles = ['DeviceManagementManagedDevices.Read.All'];
      return { node: { requireEnabledEntraDevice: true } };
    },
    failures: [
      ['permissions', 'permissionMissing'],
      ['entraDevice', 'permissionMissing'],
    ],
    says: [CONSENT_ADMIN, /lacks Device\.Read\.All/, /ok +device: Intune answers/],
  },
  {
    name: '7 the tenant has no Intune licence',
    breakIt: () => {
      bench.simulator.world.tenant.licensed = false;
      return {};
    },
    failures: [['device', 'licenceOrRoleMissing']],
    says: [
      /who: a Global or Billing Administrator/,
      /to do: assign an Intune licence/,
      /With an application credential this is the cause/,
    ],
    causes: 2,
  },
  {
    name: '7 the user has no role in Intune',
    breakIt: () => ({ tenant: { credential: bench.userCredential('norole') } }),
    failures: [['device', 'licenceOrRoleMissing']],
    says: [/who: an Intune Administrator/, /Managed devices \/ Read/, /only possible with a user credential/],
    causes: 2,
  },
  {
    name: '8 the password of the user is wrong',
    breakIt: () => {
      const credential = bench.userCredential('gate');
      bench.folder.file('password', WRONG);
      return { tenant: { credential } };
    },
    failures: [['token', 'userCredentialRejected']],
    says: [OPERATOR, /to do: correct the account/, /told by: sign-in logs/, /AADSTS50126/],
  },
  {
    name: '9 a second factor is demanded',
    breakIt: () => ({ tenant: { credential: bench.userCredential('mfa') } }),
    failures: [['token', 'secondFactorRequired']],
    says: [OPERATOR, /to do: stop using a user name and password/, /AADSTS50076/],
  },
  {
    name: '10 nothing answers at the token endpoint',
    breakIt: async () => ({ tenant: { authority: `https://127.0.0.1:${await closedPort()}` } }),
    failures: [['token', 'upstreamUnreachable']],
    says: [
      OPERATOR,
      /Entra \(https:\/\/127\.0\.0\.1:\d+\) gave no token/,
      /connection was refused/,
      /check DNS, the firewall/,
    ],
    causes: 2,
    exitCode: 3,
  },
  {
    name: '10 nothing answers at Graph',
    breakIt: async () => {
      const graph = `https://127.0.0.1:${await closedPort()}`;
      bench.simulator.world.resources.push(graph);
      return { tenant: { graph } };
    },
    failures: [['device', 'upstreamUnreachable']],
    says: [/Intune \(https:\/\/127\.0\.0\.1:\d+\) did not answer/, /connection was refused/],
    causes: 2,
    exitCode: 3,
  },
  {
    name: '10 the certificate is not trusted',
    breakIt: () => {
      const stranger = createCertificateAuthority({ commonName: 'Another CA', now: Date.now });
      bench.folder.file('other-ca.pem', stranger.certificatePem);
      return { tenant: { caFile: 'other-ca.pem' } };
    },
    failures: [['token', 'upstreamUnreachable']],
    says: [
      OPERATOR,
      /certificate of the server is not trusted/,
      /to do: name the CA certificate of that proxy under caFile/,
    ],
    causes: 2,
    exitCode: 3,
  },
];

describe('verify names each of ten broken set-ups correctly', () => {
  test.each(BROKEN)('$name', async ({ breakIt, failures, says, causes, exitCode }) => {
    const run = await bench.verify(await breakIt());

    const failed = run.checks.filter(({ status }) => status === 'failed');
    expect(failed.map((check) => [check.name, check.reason])).toEqual(failures);
    expect(run.exitCode).toBe(exitCode ?? 1);
    for (const pattern of says) expect(run.out).toMatch(pattern);

    for (const check of failed) {
      expect(withoutIds(run.out)).toContain(`FAILED   ${check.name}: ${withoutIds(check.finding)}`);
      expect(run.out).toContain(`reason: ${check.reason}`);
      expect(check.causes?.length).toBe(causes ?? 1);
      for (const cause of check.causes ?? []) {
        expect(run.out).toContain(
          `cause${check.causes?.length === 1 ? '' : ` ${(check.causes?.indexOf(cause) ?? 0) + 1}`}: ${cause.cause}`,
        );
        expect(run.out).toContain(`who: ${cause.who}`);
        expect(run.out).toContain(`to do: ${cause.todo}`);
        expect(run.out).toContain(cause.decidedBy ?? '');
        expect(cause.decidedBy !== undefined || causes === undefined).toBe(true);
      }
    }

    for (const secret of secrets) expect(run.everything).not.toContain(secret);
    expect(run.everything).not.toMatch(/eyJ|Bearer|PRIVATE KEY|client_secret=/);
  });

  test('no set-up is broken twice the same way: each of the ten has its number', () => {
    const numbers = new Set(BROKEN.map(({ name }) => name.split(' ')[0]));
    expect(numbers.size).toBe(10);
  });
});
