import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PROXY_SERVERS } from '../full/proxyServers.ts';

const root = new URL('../../', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, root), 'utf8');

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly profiles?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: {
    readonly default: { readonly ipam: { readonly config: readonly { subnet: string }[] } };
  };
  readonly volumes: Readonly<Record<string, unknown>>;
}
interface GateFile {
  readonly tenants: { readonly default: Readonly<Record<string, string>> };
  readonly proxies: readonly {
    readonly addresses: readonly string[];
    readonly secretHeader: { readonly sha256: readonly string[] };
  }[];
  readonly policies: Readonly<Record<string, unknown>>;
}

const { services, networks, volumes } = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const gate = parse(read('examples/proxies/gate.yaml')) as GateFile;
const PROXIES = ['nginx', 'haproxy', 'apache', 'caddy', 'traefik', 'envoy'];

/** Source and target of every mount of a service. */
function mountsOf(service: Service | undefined): readonly (readonly [source: string, target: string])[] {
  return (service?.volumes ?? []).map((volume) => {
    const [source = '', target = ''] = volume.split(':');
    return [source, target];
  });
}

describe('docker-compose.yml', () => {
  test('mounts files that exist, and volumes that are described', () => {
    const sources = Object.values(services).flatMap((service) => mountsOf(service).map(([source]) => source));
    const files = sources.filter((source) => source.startsWith('./'));
    expect(files.length).toBeGreaterThan(PROXIES.length);
    expect(files.filter((file) => !existsSync(new URL(file, root)))).toEqual([]);
    const named = sources.filter((source) => !source.startsWith('./'));
    expect(named.filter((volume) => !(volume in volumes))).toEqual([]);
  });

  test('names only services that exist, in each of the profiles', () => {
    for (const service of Object.values(services)) {
      const needed = Array.isArray(service.depends_on)
        ? (service.depends_on as readonly string[])
        : Object.keys(service.depends_on ?? {});
      for (const name of needed) {
        const { profiles } = services[name] ?? {};
        expect(services).toHaveProperty([name]);
        // What is needed starts whenever the one who needs it does.
        expect(profiles ?? service.profiles ?? []).toEqual(
          expect.arrayContaining([...(service.profiles ?? [])]),
        );
      }
    }
  });

  test('pins every image to a version', () => {
    const images = Object.values(services).flatMap(({ image }) => (image === undefined ? [] : [image]));
    expect(images.length).toBeGreaterThan(PROXIES.length);
    expect(images.filter((image) => !/^[\w./-]+:v?\d+\.\d+\.\d+$/.test(image))).toEqual([]);
  });

  test('has a profile for each proxy, with the secret and the addresses that the gate expects', () => {
    const [front] = gate.proxies;
    for (const name of PROXIES) {
      const { profiles, environment } = services[name] ?? {};
      expect(profiles).toEqual([name]);
      const hash = createHash('sha256')
        .update(environment?.['GATE_SECRET'] ?? '')
        .digest('hex');
      expect(front?.secretHeader.sha256).toContain(hash);
      expect(gate.policies).toHaveProperty([name]);
    }
    expect(front?.addresses).toContain(networks.default.ipam.config[0]?.subnet);
  });

  test.each(PROXY_SERVERS)('starts $name with the file that the tests start', ({ name, file }) => {
    expect(mountsOf(services[name]).map(([source]) => source)).toContain(`./examples/proxies/${file}`);
  });

  test('gives each proxy every variable that its file asks for', () => {
    for (const name of PROXIES) {
      const texts = mountsOf(services[name])
        .map(([source]) => source)
        .filter((source) => source.startsWith('./'))
        .map(read);
      const asked = texts
        .flatMap((text) => [
          ...text.matchAll(/\$\{([A-Z_]+)\}|\{\$([A-Z_]+)\}|env "([A-Z_]+)"|%ENVIRONMENT\(([A-Z_]+)\)%/g),
        ])
        .map((match) => match.slice(1).find((group) => group !== undefined) ?? '');
      expect(asked).toContain('GATE_SECRET');
      expect(asked.filter((variable) => services[name]?.environment?.[variable] === undefined)).toEqual([]);
    }
  });

  test('tells the simulator the ids that the gate expects', () => {
    const { tenantId = '', clientId = '', caFile = '' } = gate.tenants.default;
    const command = services['simulator']?.command ?? [];
    expect(command).toContain(`--tenant-id=${tenantId}`);
    expect(command).toContain(`--client-id=${clientId}`);
    expect(command).toContain(`--ca-file=${caFile}`);
  });
});
