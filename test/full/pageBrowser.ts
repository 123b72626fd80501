import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

/** Screens that people have. */
export const SCREENS = {
  desktop: { width: 1_280, height: 900 },
  phone: { width: 375, height: 740 },
} as const;

const SHOTS = fileURLToPath(new URL('../../test-results/pages/', import.meta.url));

/** The browser of Debian, without a window. */
export async function openBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

export interface PersonOptions {
  readonly origin: string;
  /** The certificate of the device; undefined for a device without. */
  readonly device?: { readonly certificateFile: string; readonly keyFile: string } | undefined;
  readonly dark?: boolean;
  readonly screen?: keyof typeof SCREENS;
  readonly language?: string;
  readonly scripts?: boolean;
}

/** Somebody with a browser and a device. */
export function openContext(browser: Browser, options: PersonOptions): Promise<BrowserContext> {
  const { origin, device, dark = false, screen = 'desktop', language = 'en-GB', scripts = true } = options;
  return browser.newContext({
    // Nobody knows the authority of a demo.
    ignoreHTTPSErrors: true,
    colorScheme: dark ? 'dark' : 'light',
    viewport: SCREENS[screen],
    locale: language,
    javaScriptEnabled: scripts,
    ...(device === undefined
      ? {}
      : { clientCertificates: [{ origin, certPath: device.certificateFile, keyPath: device.keyFile }] }),
  });
}

/** Keeps what is to be seen, for people: `test-results/pages/NAME.png`. */
export async function keepShot(page: Page, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}
