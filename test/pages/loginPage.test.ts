import { describe, expect, test } from 'vitest';
import { askedOf, callbacks, type Callback } from '../../src/journeys/callbacks/callback.ts';
import { parseAnswers } from '../../src/journeys/callbacks/parseAnswers.ts';
import { renderCallbacks } from '../../src/journeys/callbacks/renderCallbacks.ts';
import type { JsonObject } from '../../src/journeys/json.ts';
import { answeredStep } from '../../src/pages/answeredStep.ts';
import { loginPage } from '../../src/pages/loginPage.ts';
import { choosePageTexts } from '../../src/pages/pageTexts.ts';
import { readStep } from '../../src/pages/shownCallback.ts';
import { readShippedTexts } from '../../src/pages/shippedPages.ts';
import { formOn } from '../support/testPages.ts';

const texts = choosePageTexts(readShippedTexts(), ['en']);
const OTPAUTH = 'otpauth://totp/Gate:alice?secret=JBSWY3DPEHPK3PXP&issuer=Gate';

function pageOf(asked: readonly Callback[], page: JsonObject = {}): string {
  const shown = renderCallbacks(
    asked,
    asked.map((callback) => askedOf(callback)),
  );
  const step = readStep({ authId: 'a', callbacks: shown, ...page });
  return loginPage({ step, texts, action: '/login', problem: undefined });
}

/** What the journey gets when the form is sent as it is, with some of it filled in. */
function answersOf(asked: readonly Callback[], values: Record<string, string> = {}): unknown {
  const { fields } = formOn(pageOf(asked));
  const { callbacks: sent } = answeredStep(new URLSearchParams({ ...fields, ...values }));
  const parsed = parseAnswers(
    asked.map((callback) => askedOf(callback)),
    sent as never,
  );
  return parsed.ok ? parsed.answers.map(({ value }) => value) : parsed.message;
}

const ASKED: readonly (readonly [string, readonly Callback[], Record<string, string>, readonly unknown[]])[] =
  [
    ['a name', [callbacks.name('User Name', 'al')], { IDToken1: 'alice' }, ['alice']],
    ['a name that is there', [callbacks.name('User Name', 'al')], {}, ['al']],
    ['a password', [callbacks.password('Password')], { IDToken1: 'x' }, ['x']],
    ['a text with a default', [callbacks.textInput('Colour', 'red')], {}, ['red']],
    ['a choice', [callbacks.choice('Which?', ['a', 'b'], 1)], {}, [1]],
    ['a choice that is made', [callbacks.choice('Which?', ['a', 'b'], 1)], { IDToken1: '0' }, [0]],
    [
      'a confirmation',
      [callbacks.confirmation({ options: ['Yes', 'No'], defaultOption: 1 })],
      { IDToken1: '0' },
      [0],
    ],
    [
      'a confirmation that nobody gave',
      [callbacks.confirmation({ options: ['Exit'], defaultOption: 0, selected: 100 })],
      {},
      [100],
    ],
    ['a hidden value', [callbacks.hiddenValue('x', 'y')], {}, ['x']],
    ['a wait', [callbacks.pollingWait(5_000, 'Wait')], {}, [undefined]],
    [
      'metadata',
      [callbacks.metadata({ a: 1 }), callbacks.name('User Name')],
      { IDToken2: 'a' },
      [undefined, 'a'],
    ],
    ['a device profile', [callbacks.deviceProfile(true, false, 'Collecting')], {}, ['{}']],
    [
      'a new user name',
      [callbacks.validatedUsername({ prompt: 'Name', policies: {}, failedPolicies: [], value: 'a' })],
      {},
      ['a'],
    ],
    [
      'a new password',
      [callbacks.validatedPassword({ prompt: 'Password', policies: {}, failedPolicies: [] })],
      { IDToken1: 'secret' },
      ['secret'],
    ],
    ['a place to go to', [callbacks.redirect('https://idp.example/x', 'GET')], {}, [undefined]],
  ];

describe('a form', () => {
  test.each(ASKED)('sends %s', (_, asked, values, answers) => {
    expect(answersOf(asked, values)).toEqual(answers);
  });

  test('sends what stands in the form, and at most a hundred callbacks', () => {
    const many = new URLSearchParams(
      Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`callback${n + 1}`, 'NameCallback'])),
    );
    expect(answeredStep(many).callbacks).toHaveLength(100);
    expect(answeredStep(new URLSearchParams())).toEqual({ authId: '', callbacks: [] });
  });
});

describe('a page', () => {
  test('labels what is to be typed, and puts the cursor there', () => {
    const page = pageOf([
      callbacks.textOutput('Hello'),
      callbacks.name('User Name'),
      callbacks.password('Password'),
    ]);
    expect(page).toMatch(
      /<label for="IDToken2">User Name<\/label>\s*<input\s+id="IDToken2"[^>]*autocomplete="username"[^>]*autofocus/,
    );
    expect(page.match(/autofocus/g)).toHaveLength(1);
    expect(page).toContain('autocomplete="current-password"');
    expect(page).toContain('Next</button>');
  });

  test('asks for a one-time code as one', () => {
    expect(pageOf([callbacks.password('One Time Password')])).toContain('autocomplete="one-time-code"');
  });

  test('shows few choices at once, and many as a list', () => {
    expect(pageOf([callbacks.choice('Which?', ['a', 'b'])])).toMatch(
      /<fieldset>\s*<legend>Which\?<\/legend>/,
    );
    const many = Array.from({ length: 8 }, (_, n) => `choice ${n}`);
    const page = pageOf([callbacks.choice('Which?', many, 3)]);
    expect(page).toMatch(/<label for="IDToken1">Which\?<\/label\s*>\s*<select id="IDToken1"/);
    expect(page).toMatch(/<option value="3"\s+selected>choice 3/);
  });

  test('has the buttons of the journey, and then no other', () => {
    const page = pageOf([callbacks.confirmation({ options: ['Yes', 'No'], defaultOption: 0 })]);
    expect([...page.matchAll(/<button[^>]*>([^<]*)</g)].map(([, text = '']) => text.trim())).toEqual([
      'Yes',
      'No',
    ]);
  });

  test('says what kind a message is, in words, and runs no script', () => {
    expect(pageOf([callbacks.textOutput('Careful', 'warning')])).toMatch(/Warning<\/span>[^]*Careful/);
    expect(pageOf([callbacks.textOutput('Broken', 'error')])).toMatch(
      /role="alert"[^]*Error<\/span>[^]*Broken/,
    );
    expect(pageOf([callbacks.textOutput('alert(1)', 'script')])).not.toContain('alert(1)');
  });

  test('says what was wrong with an answer, where it stands and at the top', () => {
    const failedPolicies = [
      JSON.stringify({ policyRequirement: 'MIN_LENGTH', params: { minLength: 8 } }),
      JSON.stringify({ policyRequirement: 'toString' }),
      'nonsense',
    ];
    const page = pageOf([callbacks.validatedPassword({ prompt: 'Password', policies: {}, failedPolicies })]);
    expect(page).toMatch(
      /role="alert"[^]*<a href="#IDToken1">Password<\/a>: This is too short\. This is not accepted\./,
    );
    expect(page).toMatch(/aria-invalid="true"\s+aria-describedby="IDToken1-problem"/);
    expect(page).not.toContain('minLength');
  });

  test('shows a new authenticator as a code to scan, a link, and a key', () => {
    const page = pageOf([callbacks.hiddenValue('mfaDeviceRegistration', OTPAUTH)]);
    expect(page).toMatch(/<svg[^>]*role="img"[^>]*aria-label="QR code/);
    expect(page).toContain('JBSW Y3DP EHPK 3PXP');
    expect(page).toContain('href="otpauth://totp/Gate:alice?secret=JBSWY3DPEHPK3PXP&amp;issuer=Gate"');
  });

  test.each(['javascript:alert(1)', 'https://evil.example', 'otpauth:x', ' otpauth://totp/x'])(
    'shows no code for the hidden value %s',
    (value) => {
      const page = pageOf([callbacks.hiddenValue('mfaDeviceRegistration', value)]);
      expect(page).not.toContain('<svg');
      expect(page).not.toMatch(/href="(?!\/login)/);
    },
  );

  test('that waits sends itself, within bounds', () => {
    expect(pageOf([callbacks.pollingWait(5_000, 'Wait')])).toMatch(/data-send-after="5000"/);
    expect(pageOf([callbacks.pollingWait(0, 'Wait')])).toMatch(/data-send-after="500"/);
    expect(pageOf([callbacks.pollingWait(1e12, '')])).toMatch(/data-send-after="600000"/);
    expect(pageOf([callbacks.pollingWait(5_000, 'Wait')])).toContain('Check now</button>');
  });

  test('that waits for a link in an e-mail has nothing to send', () => {
    const page = pageOf([callbacks.suspendedTextOutput('An e-mail has been sent.')]);
    expect(page).toContain('An e-mail has been sent.');
    expect(page).not.toContain('<button');
  });

  test.each([
    ['javascript:alert(1)', 'GET'],
    ['data:text/html,x', 'GET'],
    ['/relative', 'GET'],
    ['https://idp.example/', 'POST'],
  ] as const)('leads nowhere: %s by %s', (url, method) => {
    const page = pageOf([callbacks.redirect(url, method)]);
    expect(page).toContain('This page cannot ask what comes next.');
    expect(page).not.toContain('<a ');
  });

  test('says so where it does not know what is asked', () => {
    const unknown: Callback = { type: 'ConsentMappingCallback', output: [], input: [] };
    expect(pageOf([unknown])).toContain('This page cannot ask what comes next.');
  });

  test.each([{}, { callbacks: 'x' }, { callbacks: [null, 1, { type: {} }], header: 1, authId: [] }])(
    'is one, whatever a step looks like: %j',
    (body) => {
      const page = loginPage({ step: readStep(body), texts, action: '/login', problem: undefined });
      expect(page).toContain('<h1>Sign in</h1>');
    },
  );

  test('takes header, description, problem and address for text', () => {
    const evil = '"><script>x</script>';
    const step = readStep({ authId: evil, callbacks: [], header: evil, description: evil });
    const page = loginPage({ step, texts, action: `/login?${evil}`, problem: evil });
    expect(page).not.toContain('<script>x');
    expect(page.match(/&lt;script&gt;x/g)).toHaveLength(6);
  });
});
