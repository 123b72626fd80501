import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { forwardedHeadersOf, type ForwardedHeaders } from './forwardedHeaders.ts';

/** What the files in examples/proxies ask of their environment. */
export type ProxyEnvironment = Readonly<
  Record<
    'FRONT_ADDRESS' | 'FRONT_PORT' | 'TLS_FOLDER' | 'GATE' | 'APP' | 'GATE_SECRET' | 'LUA_FOLDER',
    string
  >
>;

/** One proxy as its package brings it, started with the file of examples/proxies. */
export interface ProxyServer {
  readonly name: 'nginx' | 'haproxy' | 'apache' | 'caddy';
  readonly program: string;
  /** Package of Debian that brings the program. */
  readonly debianPackage: string;
  /** The file under examples/proxies. */
  readonly file: string;
  /** Who asks the gate: the proxy for each request, or the application that got the headers. */
  readonly asks: 'proxy' | 'application';
  readonly headers: ForwardedHeaders;
  /** Writes what it needs beside the example into a folder of its own, and says how to start it in the foreground. */
  prepare(folder: string, example: string, environment: ProxyEnvironment): readonly string[];
}

const EXAMPLES = fileURLToPath(new URL('../../examples/proxies/', import.meta.url));

export const PROXY_SERVERS: readonly ProxyServer[] = [
  {
    name: 'nginx',
    program: 'nginx',
    debianPackage: 'nginx-light',
    file: 'nginx/default.conf.template',
    asks: 'proxy',
    headers: forwardedHeadersOf('nginx'),
    prepare(folder, example, environment) {
      // As the image does: variables it knows are replaced, others are nginx's own.
      const filled = readFileSync(example, 'utf8').replaceAll(
        /\$\{([A-Z_]+)\}/g,
        (whole, name: string) => (environment as Record<string, string>)[name] ?? whole,
      );
      writeFileSync(join(folder, 'default.conf'), filled);
      for (const name of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) mkdirSync(join(folder, name));
      const main = [
        'daemon off;',
        'worker_processes 1;',
        `pid ${folder}/nginx.pid;`,
        'error_log stderr error;',
        'events { worker_connections 256; }',
        'http {',
        '  access_log off;',
        `  client_body_temp_path ${folder}/body;`,
        ...['proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${folder}/${name};`),
        `  include ${folder}/default.conf;`,
        '}',
      ];
      writeFileSync(join(folder, 'nginx.conf'), main.join('\n'));
      return ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')];
    },
  },
  {
    name: 'haproxy',
    program: 'haproxy',
    debianPackage: 'haproxy',
    file: 'haproxy/haproxy.cfg',
    asks: 'proxy',
    headers: forwardedHeadersOf('haproxy'),
    prepare: (_, example) => ['-db', '-f', example],
  },
  {
    name: 'apache',
    program: 'apache2',
    debianPackage: 'apache2',
    file: 'apache/intune-gate.conf',
    asks: 'application',
    headers: forwardedHeadersOf('apache'),
    prepare(folder, example) {
      const modules = [
        'mpm_event',
        'authz_core',
        'ssl',
        'socache_shmcb',
        'headers',
        'setenvif',
        'rewrite',
        'proxy',
        'proxy_http',
        'http2',
      ];
      const main = [
        `ServerRoot ${folder}`,
        'ServerName localhost',
        `PidFile ${folder}/httpd.pid`,
        `DefaultRuntimeDir ${folder}`,
        `ErrorLog ${folder}/error.log`,
        'LogLevel error',
        'User www-data',
        'Group www-data',
        ...modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`),
        `Include ${example}`,
      ];
      writeFileSync(join(folder, 'httpd.conf'), main.join('\n'));
      return ['-DFOREGROUND', '-f', join(folder, 'httpd.conf')];
    },
  },
  {
    name: 'caddy',
    program: 'caddy',
    debianPackage: 'caddy',
    file: 'caddy/Caddyfile',
    asks: 'proxy',
    headers: forwardedHeadersOf('caddy'),
    prepare: (_, example) => ['run', '--adapter', 'caddyfile', '--config', example],
  },
];

export function exampleOf({ file }: Pick<ProxyServer, 'file'>): string {
  return join(EXAMPLES, file);
}

/** Full path of a program, looked for where Debian puts servers too; undefined if this machine has none. */
export function findProgram(name: string): string | undefined {
  return [
    '/usr/sbin',
    '/usr/bin',
    '/usr/local/sbin',
    '/usr/local/bin',
    ...(process.env['PATH'] ?? '').split(':'),
  ]
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}

/** Version as the program says it, e.g. 1.22.1. */
export function versionOf(program: string): string {
  const [option = ''] = { nginx: ['-v'], caddy: ['version'] }[program.split('/').at(-1) ?? ''] ?? ['-v'];
  const said = execFileSync('/bin/sh', ['-c', '"$0" "$1" 2>&1', program, option], { encoding: 'utf8' });
  return /\d+\.\d+\.\d+/.exec(said)?.[0] ?? 'unknown';
}
