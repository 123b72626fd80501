import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetch } from 'undici';
import { startDemo, type RunningDemo } from '../support/startDemo.ts';
import { findProgram } from './program.ts';
import { keepShot, openBrowser, openContext, SCREENS, type PersonOptions } from './pageBrowser.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let demo: RunningDemo;
let browser: Browser;
/** Each person signs in once or twice, so that nobody is locked out. */
let nextUser = 0;
const contexts: BrowserContext[] = [];

const program = findProgram('chromium', 'chromium');

beforeAll(async () => {
  if (program !== undefined) [demo, browser] = await Promise.all([startDemo(), openBrowser(program)]);
});

afterAll(async () => {
  for (const context of contexts) await context.close();
  await browser?.close();
  await demo?.stop();
});

type Device = (typeof demo.ready.devices)[number];

function deviceWith(complianceState: string): Device {
  const device = demo.ready.devices.find((one) => one.complianceState === complianceState);
  if (device === undefined) throw new Error(`the demo has no device that is ${complianceState}`);
  return device;
}

async function openPage(
  options: Partial<PersonOptions> & { readonly device?: Device | undefined },
): Promise<Page> {
  const context = await openContext(browser, { origin: demo.ready.gateTls, ...options });
  contexts.push(context);
  const page = await context.newPage();
  // A page that breaks its own policy says so here.
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return page;
}

const complaints: string[] = [];

function takeUser(): { readonly username: string; readonly password: string } {
  const users = demo.ready['users'] as readonly { username: string; password: string }[];
  const user = users[nextUser++ % users.length];
  if (user === undefined) throw new Error('the demo has no people');
  return user;
}

async function signIn(page: Page, user = takeUser()): Promise<void> {
  await page.locator('#IDToken1').fill(user.username);
  await page.locator('#IDToken2').fill(user.password);
  await page.keyboard.press('Enter');
}

async function changeDevice({ id }: Device, change: object): Promise<void> {
  const { url, key } = demo.ready.simulatorControl;
  const answer = await fetch(`${url}/devices/${id}`, {
    method: 'PATCH',
    dispatcher: demo.agent,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(change),
  });
  expect(answer.status).toBe(200);
}

/** Every rule there is, best practices included. */
async function axeViolations(page: Page): Promise<readonly string[]> {
  // Its policy lets nothing into a page but its own files, so that the script comes in from the side of the debugger.
  await page.evaluate(AXE);
  const result = await page.evaluate<{
    passes: unknown[];
    violations: { id: string; nodes: { html: string }[] }[];
  }>('axe.run(document)');
  // It has looked at something.
  expect(result.passes.length).toBeGreaterThan(15);
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

describe.skipIf(program === undefined)('pages in Chromium', () => {
  test('a compliant device passes', async () => {
    const page = await openPage({ device: deviceWith('compliant') });
    await page.goto(`${demo.ready.gateTls}/login?service=StrictCompliance`);
    await keepShot(page, 'login');
    await signIn(page);
    await page.waitForURL('**/device');
    expect(await page.locator('h1').innerText()).toBe('This device is in order');
    await keepShot(page, 'device-compliant');
  });

  test('a blocked device sees why, is fixed, is checked again, and passes', async () => {
    const device = deviceWith('noncompliant');
    const page = await openPage({ device });
    await page.goto(`${demo.ready.gateTls}/device`);
    await signIn(page);
    await page.waitForURL('**/device');
    expect(await page.locator('h1').innerText()).toBe('This device is blocked');
    expect(await page.locator('.settings h3').allInnerTexts()).toEqual([
      'The storage must be encrypted',
      'The system is too old',
    ]);
    expect(await page.locator('.settings a').first().getAttribute('href')).toMatch(
      /^https:\/\/learn\.microsoft\.com\/.*encrypt/,
    );
    await keepShot(page, 'device-blocked');

    await page.getByRole('button', { name: 'Check again' }).click();
    await page.getByRole('heading', { name: 'Checking again …' }).waitFor();
    await page.getByText('The device has checked in.').waitFor();
    await keepShot(page, 'device-recheck');

    await changeDevice(device, { complianceState: 'compliant' });
    await page.getByRole('heading', { name: 'This device is in order' }).waitFor({ timeout: 20_000 });
    expect(await page.getByRole('status').first().innerText()).toBe('There is a new answer, shown below.');
    expect(await page.locator('.settings').count()).toBe(0);
    await keepShot(page, 'device-unblocked');
    await changeDevice(device, {
      complianceState: 'noncompliant',
      failingSettings: ['Windows10CompliancePolicy.BitLockerEnabled'],
    });
  });

  test('the same without scripts', async () => {
    const device = deviceWith('inGracePeriod');
    const page = await openPage({ device, scripts: false, language: 'de-DE' });
    await page.goto(`${demo.ready.gateTls}/device`);
    await signIn(page);
    await page.waitForURL('**/device');
    expect(await page.locator('h1').innerText()).toBe('Um dieses Gerät müssen Sie sich bald kümmern');
    await keepShot(page, 'device-grace-de');
    await page.getByRole('button', { name: 'Noch einmal prüfen' }).click();
    await page.getByRole('heading', { name: 'Wird noch einmal geprüft …' }).waitFor();
    await changeDevice(device, { complianceState: 'compliant' });
    // The page reloads itself every ten seconds.
    await page.getByRole('heading', { name: 'Dieses Gerät ist in Ordnung' }).waitFor({ timeout: 20_000 });
  });

  test('wrong answers are said, get the focus, and can be given anew by keyboard alone', async () => {
    const page = await openPage({ device: deviceWith('compliant') });
    await page.goto(`${demo.ready.gateTls}/login?service=StrictCompliance`);
    expect(await page.evaluate('document.activeElement.id')).toBe('IDToken1');
    const user = takeUser();
    await page.keyboard.type(user.username);
    await page.keyboard.press('Tab');
    await page.keyboard.type('wrong');
    await page.keyboard.press('Enter');
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.innerText()).toContain('You could not be signed in.');
    expect(await page.evaluate('document.activeElement.getAttribute("role")')).toBe('alert');
    await keepShot(page, 'login-wrong');
    await page.keyboard.press('Tab');
    await page.keyboard.type(user.username);
    await page.keyboard.press('Tab');
    await page.keyboard.type(user.password);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/device');
  });

  test('a device without certificate learns nothing about any device', async () => {
    const page = await openPage({});
    await page.goto(`${demo.ready.gateTls}/device`);
    await signIn(page);
    await page.getByRole('heading', { name: 'This device was not recognised' }).waitFor();
    expect(await page.locator('main').innerText()).not.toMatch(/LAPTOP|PC-|[0-9a-f]{8}-/i);
  });

  test('no page lets itself be framed', async () => {
    const page = await openPage({ device: deviceWith('compliant') });
    await page.goto(`${demo.ready.gateTls}/openapi.json`);
    const framed = await page.evaluate<string>(`new Promise((resolve) => {
      const frame = document.createElement('iframe');
      frame.src = '/login';
      frame.addEventListener('load', () => resolve(frame.contentDocument === null ? 'refused' : 'shown'));
      document.body.append(frame);
    })`);
    expect(framed).toBe('refused');
    complaints.splice(0);
  });

  test('the pages are in German, too, and the device shows itself with its PKCS#12 file', async () => {
    const device = deviceWith('noncompliant');
    const context = await browser.newContext({
      ignoreHTTPSErrors: true,
      locale: 'de-DE',
      clientCertificates: [
        {
          origin: demo.ready.gateTls,
          pfxPath: String(device['pkcs12File']),
          passphrase: String(demo.ready['pkcs12Passphrase']),
        },
      ],
    });
    contexts.push(context);
    const page = await context.newPage();
    await page.goto(`${demo.ready.gateTls}/device`);
    await signIn(page);
    await page.getByRole('heading', { name: 'Dieses Gerät ist gesperrt' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
  });

  test('nothing of the pages breaks their own policy', () => {
    // Of what is refused on purpose, Chromium says so by itself.
    expect(complaints.filter((text) => !text.includes('403'))).toEqual([]);
  });
});

describe.skipIf(program === undefined)('axe finds nothing to complain about', () => {
  const looks = (Object.keys(SCREENS) as (keyof typeof SCREENS)[]).flatMap((screen) =>
    [false, true].map((dark) => ({ screen, dark, name: `${screen}, ${dark ? 'dark' : 'light'}` })),
  );

  test.each(looks)('on both pages: $name', async ({ screen, dark }) => {
    const device = deviceWith('noncompliant');
    const page = await openPage({ device, screen, dark });
    await page.goto(`${demo.ready.gateTls}/login?goto=%2Fdevice&service=DeviceStatus`);
    expect(await axeViolations(page)).toEqual([]);
    await keepShot(page, `login-${screen}-${dark ? 'dark' : 'light'}`);
    await signIn(page, { username: 'nobody', password: 'wrong' });
    await page.getByRole('alert').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await signIn(page);
    await page.waitForURL('**/device');
    expect(await axeViolations(page)).toEqual([]);
    await keepShot(page, `device-${screen}-${dark ? 'dark' : 'light'}`);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });

  test('while a device is checked again', async () => {
    const page = await openPage({ device: deviceWith('conflict') });
    await page.goto(`${demo.ready.gateTls}/device`);
    await signIn(page);
    await page.getByRole('button', { name: 'Check again' }).click();
    await page.getByRole('heading', { name: 'Checking again …' }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
  });
});
