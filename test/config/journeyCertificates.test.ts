import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findExpiries } from '../../src/findExpiries.ts';
import type { GateConfig } from '../../src/config/gateConfig.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { createGateFolder, type GateFolder } from '../cli/gateFolder.ts';
import { journeyFile, LOGIN } from '../support/journeyFixtures.ts';
import { changed, thrownProblems } from './testConfig.ts';

const now = Date.now;
const ca = createCertificateAuthority({ commonName: 'Device CA', now });
const server = ca.issue({ commonName: 'gate', usage: 'server', dnsNames: ['gate.example'] });

let folder: GateFolder;
beforeAll(() => {
  folder = createGateFolder();
  folder.file('ca.pem', ca.certificatePem);
  folder.file('gate.pem', server.certificatePem);
  folder.file('gate.key', server.privateKeyPem);
  folder.file('login.json', journeyFile({ Login: LOGIN }).content);
});
afterAll(() => {
  folder.remove();
});

function load(certificates: unknown): GateConfig {
  const config = {
    ...changed(['journeys'], { files: ['login.json'], certificates }),
    listen: { port: 8443, tls: { certificateFile: 'gate.pem', privateKeyFile: 'gate.key', devices: true } },
  };
  return loadConfig(folder.config(config), { GATE_SECRET: 'a secret that is long enough' });
}

describe('certificates of journeys', () => {
  test('have their own authorities, which devices are told to choose from', () => {
    const config = load({ trust: { anchors: ['ca.pem'] } });
    expect(config.journeys?.certificates).toMatchObject({
      profile: 'nginx',
      trust: { anchors: [ca.certificatePem], intermediates: [] },
    });
    const [listener] = config.listeners;
    expect(listener).toMatchObject({ tls: { clientAuthorities: [ca.certificatePem] } });
    expect(findExpiries(config)).toContainEqual(
      expect.objectContaining({ kind: 'anchor', place: 'journeys.certificates.trust.anchors' }),
    );
  });

  test('that nobody configures are none', () => {
    expect(load(undefined).journeys?.certificates).toBeUndefined();
  });

  test.each<[string, unknown, string]>([
    ['no authority', { trust: { anchors: [] } }, 'journeys.certificates.trust.anchors'],
    [
      'a file that is not there',
      { trust: { anchors: ['none.pem'] } },
      'journeys.certificates.trust.anchors.0',
    ],
    [
      'a certificate of no authority',
      { trust: { anchors: ['gate.pem'] } },
      'journeys.certificates.trust.anchors.0',
    ],
    [
      'an encoding beside a profile',
      { encoding: 'any-pem', trust: { anchors: ['ca.pem'] } },
      'journeys.certificates.encoding',
    ],
    [
      'a profile without an encoding',
      { profile: 'generic', trust: { anchors: ['ca.pem'] } },
      'journeys.certificates.encoding',
    ],
  ])('are refused with %s', (_, certificates, path) => {
    const problems = thrownProblems(() => load(certificates));
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([path]);
  });
});
