import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALLOWED_HOST, allowedRedirect } from '../../src/policy/allowedRedirect.ts';

const HOSTS = ['app.example', 'Other.Example:8443', '*.apps.example', 'localhost', '127.0.0.1:8080', '[::1]'];

describe('allowed', () => {
  test.each([
    ['https://app.example', 'https://app.example/'],
    ['https://app.example/', 'https://app.example/'],
    ['https://APP.example:443/A?b=%2f&c=d#e', 'https://app.example/A?b=%2f&c=d#e'],
    ['https://app.example//evil.example/', 'https://app.example//evil.example/'],
    ['https://app.example/?u=https://evil.example', 'https://app.example/?u=https://evil.example'],
    ['https://other.example:8443/', 'https://other.example:8443/'],
    ['https://a.apps.example/', 'https://a.apps.example/'],
    ['https://a.b.apps.example/', 'https://a.b.apps.example/'],
    ['http://localhost/x', 'http://localhost/x'],
    ['http://127.0.0.1:8080/x', 'http://127.0.0.1:8080/x'],
    ['http://[::1]/x', 'http://[::1]/x'],
  ])('%s', (text, href) => {
    expect(allowedRedirect(text, HOSTS)?.href).toBe(href);
  });
});

describe('refused', () => {
  test.each([
    '',
    '/',
    '/path',
    '//evil.example',
    '//app.example',
    '///app.example',
    '\\\\evil.example',
    '/\\evil.example',
    'https:/\\evil.example',
    'https:\\\\app.example',
    'https:app.example',
    'https:/app.example',
    'https:///app.example',
    'https://evil.example',
    'https://evil.example/app.example',
    'https://evil.example?app.example',
    'https://evil.example#app.example',
    'https://evil.example\\app.example',
    'https://evil.example\\.app.example',
    'https://app.example@evil.example',
    'https://app.example:x@evil.example',
    'https://user@app.example',
    'https://:@app.example',
    'https://app.example.evil.example',
    'https://app.example.',
    'https://xapp.example',
    'https://apps.example/',
    'https://.apps.example/',
    'https://evilapps.example/',
    'https://app.example:8443/',
    'https://other.example/',
    'https://app.example:443443',
    'https://app%2eexample/',
    'https://app.example%00.evil.example/',
    'https://app.example%5c.evil.example/',
    'https://аpp.example/',
    'https://app。example/',
    'https://ａpp.example/',
    'https://app.example\r\nSet-Cookie: a=b',
    'https://app.example/\r\nX: y',
    'https://app.example/%0d%0a\n',
    'https://app.\texample/',
    ' https://app.example/',
    'https://app.example/ ',
    'https://app.example/a b',
    'https://app.example/"><script>',
    'https://app.example/ü',
    'http://app.example/',
    'ftp://app.example/',
    'javascript:alert(1)',
    'javascript://app.example/%0aalert(1)',
    'data:text/html,x',
    'http://127.0.0.1/',
    'http://2130706433:8080/',
    'http://127.1:8080/',
    'http://0x7f.0.0.1:8080/',
    'http://[::ffff:127.0.0.1]/',
    'http://[0:0:0:0:0:0:0:1]/',
  ])('%j', (text) => {
    expect(allowedRedirect(text, HOSTS)).toBe(undefined);
  });

  test('what is longer than any browser needs', () => {
    expect(allowedRedirect(`https://app.example/${'a'.repeat(4_000)}`, HOSTS)).toBeDefined();
    expect(allowedRedirect(`https://app.example/${'a'.repeat(4_100)}`, HOSTS)).toBe(undefined);
  });

  test('everything, if nothing is listed', () => {
    expect(allowedRedirect('https://app.example/', [])).toBe(undefined);
  });

  test.each([
    '',
    '*',
    '*.',
    '*.example',
    'https://app.example',
    'app.example/',
    'app.example:0',
    'a@b',
    'a b',
    '.',
    'a..b',
  ])('the entry %j', (host) => {
    expect(ALLOWED_HOST.test(host)).toBe(false);
  });
});

test('whatever comes in, what comes out is on an allowed host, as every reader reads it', () => {
  const piece = constantFrom(
    'https://',
    'http://',
    'app.example',
    'evil.example',
    '@',
    ':',
    '/',
    '\\',
    '?',
    '#',
    '.',
    '%2f',
    '%40',
    '443',
    '[::1]',
    '\t',
    'x',
    '//',
    'app',
  );
  const pieces = array(oneof(piece, string({ maxLength: 3 })), { maxLength: 6 });
  let allowed = 0;
  assert(
    property(constantFrom('', 'https://', 'https://app.example'), pieces, (start, more) => {
      const text = start + more.join('');
      const url = allowedRedirect(text, ['app.example', '*.app.example']);
      if (url === undefined) return;
      allowed += 1;
      expect(url.protocol).toBe('https:');
      expect(`.${url.host}`.endsWith('.app.example')).toBe(true);
      // What a program with another parser would take for the host.
      const [, host = ''] = /^https:\/\/([a-z0-9.-]+)(?::443)?(?:[/?#]|$)/i.exec(text) ?? [];
      expect(host.toLowerCase()).toBe(url.host);
    }),
    { numRuns: 3_000 },
  );
  expect(allowed).toBeGreaterThan(100);
});
