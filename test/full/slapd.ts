import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { freePort } from './freePort.ts';
import { untilListening } from './untilListening.ts';

const SCHEMAS = ['core', 'cosine', 'inetorgperson'];
export const BASE_DN = 'dc=contoso,dc=example';
export const SERVICE_DN = `cn=gate,${BASE_DN}`;
export const SERVICE_PASSWORD = 'the password of the gate itself';

/** What other directories say about accounts, under their own names. */
const FOREIGN_SCHEMA = `
attributetype ( 2.16.840.1.113730.3.1.692 NAME 'inetUserStatus' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 2.16.840.1.113730.3.1.610 NAME 'nsAccountLock' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.4203.666.11.99.1 NAME 'foreignAccount' AUXILIARY
  MAY ( inetUserStatus $ nsAccountLock $ userAccountControl ) )
`;

export interface Slapd {
  readonly port: number;
  readonly tlsPort: number;
  readonly caPem: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** OpenLDAP's own server as a child process on loopback, with a folder of its own and the given entries (LDIF). */
export async function createSlapd(program: string, parent: string, entries: string): Promise<Slapd> {
  const folder = mkdtempSync(join(parent, 'slapd-'));
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  mkdirSync(join(folder, 'data'));
  const ca = createCertificateAuthority({ commonName: 'Directory CA', now: Date.now });
  const server = ca.issue({
    commonName: 'directory',
    dnsNames: ['directory.test'],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  const modules = ['/usr/lib/ldap', '/usr/lib/openldap'].find((path) => existsSync(path)) ?? '';
  const configuration = write(
    'slapd.conf',
    [
      ...SCHEMAS.map((name) => `include /etc/ldap/schema/${name}.schema`),
      `include ${write('foreign.schema', FOREIGN_SCHEMA)}`,
      `modulepath ${modules}`,
      ...['back_mdb', 'ppolicy', 'argon2'].map((name) => `moduleload ${name}`),
      `pidfile ${join(folder, 'pid')}`,
      `TLSCACertificateFile ${write('ca.pem', ca.certificatePem)}`,
      `TLSCertificateFile ${write('server.pem', server.certificatePem)}`,
      `TLSCertificateKeyFile ${write('server.key', server.privateKeyPem)}`,
      'TLSVerifyClient never',
      // The way an empty password comes to be a login, which the gate must not rely on being off.
      'allow bind_anon_cred bind_anon_dn',
      'database mdb',
      `suffix "${BASE_DN}"`,
      `directory ${join(folder, 'data')}`,
      'index objectClass,uid,mail,entryUUID eq',
      'overlay ppolicy',
      `ppolicy_default "cn=policy,${BASE_DN}"`,
      `access to attrs=userPassword by anonymous auth by * none`,
      `access to * by dn.exact="${SERVICE_DN}" read by * none`,
      '',
    ].join('\n'),
  );
  const [port, tlsPort] = [await freePort(), await freePort()];
  execFileSync(program, ['-Tadd', '-f', configuration, '-l', write('entries.ldif', entries)], {
    stdio: 'pipe',
  });

  let child: ReturnType<typeof spawn> | undefined;
  return {
    port,
    tlsPort,
    caPem: ca.certificatePem,
    async start() {
      const urls = `ldap://127.0.0.1:${port} ldaps://127.0.0.1:${tlsPort}`;
      child = spawn(program, ['-f', configuration, '-h', urls, '-d', '0'], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      await untilListening(port);
    },
    async stop() {
      const ending = child;
      child = undefined;
      if (ending === undefined || ending.exitCode !== null) return;
      const ended = new Promise((resolve) => ending.once('exit', resolve));
      ending.kill('SIGTERM');
      await ended;
    },
  };
}
