import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeOf, type Person } from '../support/liveJourney.ts';
import { startDemo, type RunningDemo } from '../support/startDemo.ts';
import {
  launchChromium,
  servePage,
  type Browser,
  type BrowserContext,
  type BrowserPage,
  type PageServer,
} from './browser.ts';
import { findProgram } from './program.ts';

const chromium = findProgram('chromium', 'chromium');

describe.skipIf(chromium === undefined)('the page of examples/browser, in Chromium', () => {
  let browser: Browser;
  let server: PageServer;
  let demo: RunningDemo;
  let people: Person[];

  beforeAll(async () => {
    server = await servePage();
    demo = await startDemo('--page-origin', server.origin);
    people = [...demo.ready.users];
    browser = await launchChromium(chromium ?? '');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
    await server?.close();
  });

  function somebody(): Person {
    const person = people.shift();
    if (person === undefined) throw new Error('the demo has too few people for these tests');
    return person;
  }

  /** Opens the page with a browser of its own. */
  async function open(
    gate: string,
    journey?: string,
    options: object = {},
  ): Promise<[BrowserPage, BrowserContext]> {
    server.setGate(gate, journey);
    const context = await browser.newContext(options);
    const page = await context.newPage();
    await page.goto(`${server.origin}/`);
    return [page, context];
  }

  async function signIn(page: BrowserPage, { username, password }: Person): Promise<void> {
    await page.getByLabel('User Name').fill(username);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Next' }).click();
  }

  async function enterCode(page: BrowserPage, person: Person): Promise<void> {
    await page.getByLabel('Enter verification code').fill(codeOf(person));
    await page.getByRole('button', { name: 'Submit' }).click();
  }

  test('signs in by the documented journey without a device, and out again', async () => {
    const person = somebody();
    const [page, context] = await open(demo.ready.gate);
    await signIn(page, person);
    await page.getByLabel('This device is not known to be compliant.').selectOption('Yes');
    await page.getByRole('button', { name: 'Next' }).click();
    await enterCode(page, person);
    await page.getByRole('heading', { name: 'Signed in' }).waitFor();
    expect(await page.textContent('#description')).toBe(`${person.username}, with level 2 and no device.`);
    expect(await context.cookies()).toEqual([
      expect.objectContaining({ name: 'iPlanetDirectoryPro', httpOnly: true }),
    ]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign In' }).waitFor();
    expect(await context.cookies()).toEqual([]);
    await context.close();
  });

  test('signs in by the certificate of a compliant device, in the TLS of the browser', async () => {
    const person = somebody();
    const { gateTls, devices } = demo.ready;
    const device = devices.find(({ expectedOutcome }) => expectedOutcome === 'Compliant');
    const [page, context] = await open(gateTls, undefined, {
      ignoreHTTPSErrors: true,
      clientCertificates: [{ origin: gateTls, certPath: device?.certificateFile, keyPath: device?.keyFile }],
    });
    await signIn(page, person);
    await enterCode(page, person);
    await page.getByRole('heading', { name: 'Signed in' }).waitFor();
    expect(await page.textContent('#description')).toBe(
      `${person.username}, with level 3 and a device that is Compliant.`,
    );
    await context.close();
  });

  test('is told why not, and may try again', async () => {
    const [page, context] = await open(demo.ready.gate, 'StrictCompliance');
    await signIn(page, somebody());
    await page.getByRole('heading', { name: 'Not signed in' }).waitFor();
    expect(await page.textContent('#description')).toBe(
      'Sign in with a device that is managed by your organisation.',
    );
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'Sign In' }).waitFor();
    await context.close();
  });

  test('of an origin that is not listed gets nowhere', async () => {
    const other = await servePage();
    other.setGate(demo.ready.gate);
    const context = await browser.newContext();
    const page = await context.newPage();
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    await page.goto(`${other.origin}/`);
    await page.getByRole('heading', { name: 'Not signed in' }).waitFor();
    expect(said.join('\n')).toMatch(/blocked by CORS policy/);
    expect(await context.cookies()).toEqual([]);
    await context.close();
    await other.close();
  });
});
