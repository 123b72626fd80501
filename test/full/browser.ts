import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * What tests use of playwright-core. Its own declarations want the types of browsers, which the compiler is not given here.
 */
export interface BrowserPage {
  goto(url: string): Promise<unknown>;
  getByLabel(text: string): {
    fill(value: string): Promise<void>;
    selectOption(value: string): Promise<unknown>;
  };
  getByRole(
    role: string,
    options: { readonly name: string },
  ): { click(): Promise<void>; waitFor(): Promise<void> };
  textContent(selector: string): Promise<string | null>;
  on(event: 'console', listener: (message: { text(): string }) => void): void;
}

export interface BrowserContext {
  newPage(): Promise<BrowserPage>;
  cookies(): Promise<
    readonly { readonly name: string; readonly value: string; readonly httpOnly: boolean }[]
  >;
  close(): Promise<void>;
}

export interface Browser {
  newContext(options?: object): Promise<BrowserContext>;
  version(): string;
  close(): Promise<void>;
}

/** Starts Chromium without a window. */
export async function launchChromium(executablePath: string): Promise<Browser> {
  // By a name the compiler does not follow.
  const name: string = 'playwright-core';
  const { chromium } = (await import(name)) as {
    readonly chromium: { launch(options: object): Promise<Browser> };
  };
  // Containers have no namespaces for its sandbox; it loads our own page alone.
  return chromium.launch({ executablePath, chromiumSandbox: false, timeout: 30_000 });
}

const FOLDER = fileURLToPath(new URL('../../examples/browser/', import.meta.url));

/** A server that hands out the page of the example. */
export interface PageServer {
  /** Its origin. */
  readonly origin: string;
  /** Which gate the page speaks to from now on. */
  setGate(gate: string, journey?: string): void;
  close(): Promise<void>;
}

/** Serves examples/browser as its README does, with another gate and journey in its settings. */
export async function servePage(): Promise<PageServer> {
  const bundle = await build({
    entryPoints: [`${FOLDER}signIn.js`],
    bundle: true,
    format: 'esm',
    write: false,
  });
  const script = bundle.outputFiles[0]?.text ?? '';
  let html = '';
  const server: Server = createServer((request, response) => {
    const isScript = request.url === '/signIn.bundle.js';
    if (!isScript && request.url !== '/') return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
    response.end(isScript ? script : html);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setGate(gate, journey = 'IntuneDeviceCompliance') {
      html = readFileSync(`${FOLDER}index.html`, 'utf8')
        .replace('http://127.0.0.1:8080', gate)
        .replace('IntuneDeviceCompliance', journey);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
