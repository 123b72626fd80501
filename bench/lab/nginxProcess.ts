import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { freePort } from './freePort.ts';

const PROGRAMS = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx'];
const START_LIMIT_MS = 10_000;

/** nginx without TLS in front of an empty picture, asking somebody before each answer (`auth_request`). */
export interface NginxProcess {
  readonly origin: string;
  stop(): Promise<void>;
}

export function findNginx(): string | undefined {
  return PROGRAMS.find((file) => existsSync(file));
}

/** @param asked - host:port of the one who is asked @throws Error if it does not start */
export async function startNginx(program: string, asked: string): Promise<NginxProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'intune-gate-nginx-'));
  const port = await freePort();
  for (const name of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) mkdirSync(join(folder, name));
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration(folder, port, asked));
  const child = spawn(program, ['-p', folder, '-e', 'stderr', '-c', file], { stdio: 'ignore' });
  const origin = `http://127.0.0.1:${port}`;
  const latest = Date.now() + START_LIMIT_MS;
  for (;;) {
    try {
      await (await request(`${origin}/up`)).body.dump();
      break;
    } catch (error) {
      if (child.exitCode !== null || Date.now() > latest) {
        child.kill('SIGKILL');
        throw new Error('nginx did not start', { cause: error });
      }
      await delay(50);
    }
  }
  return {
    origin,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** As in examples/proxies, but what its TLS would tell it of the certificate stands in a header. */
function configuration(folder: string, port: number, asked: string): string {
  return `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  ${['proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  upstream asked { server ${asked}; keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 1000000;
    location = /up { empty_gif; }
    location = /.ask {
      internal;
      proxy_pass http://asked/auth/request;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_pass_request_headers off;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header X-Original-Method $request_method;
      proxy_set_header X-Original-URI $request_uri;
      proxy_set_header X-SSL-Client-Cert $http_x_certificate;
      proxy_set_header X-SSL-Client-Verify SUCCESS;
    }
    location / {
      auth_request /.ask;
      auth_request_set $device_id $upstream_http_x_device_id;
      add_header X-Device-Id $device_id;
      empty_gif;
    }
  }
}
`;
}
