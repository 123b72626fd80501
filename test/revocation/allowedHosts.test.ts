import { describe, expect, test } from 'vitest';
import { createAllowedHosts, isAllowedHost } from '../../src/revocation/allowedHosts.ts';

test.each([
  'crl.example',
  'CRL.Example',
  'crl',
  'crl.example:8080',
  'bücher.example',
  '10.0.0.1',
  '10.0.0.1:81',
  '[fd00::1]',
  '[fd00::1]:8080',
])('%s is a host', (host) => {
  expect(isAllowedHost(host)).toBe(true);
});

test.each([
  '',
  '*',
  '*.example',
  'crl.*',
  'http://crl.example',
  'crl.example/',
  'crl.example/path',
  'user@crl.example',
  'crl.example:',
  'crl.example:0',
  'crl.example:65536',
  'crl.example:port',
  'fd00::1',
  '[crl.example]',
  '[fe80::1%25eth0]',
  '10.1',
  '0x7f000001',
  '010.0.0.1',
  'a b',
  '-crl.example',
  'crl..example',
  'crl.example ',
  'crl%2eexample',
  'crl.example?x',
  'crl.example#x',
  '\\\\crl',
])('%j is no host', (host) => {
  expect(isAllowedHost(host)).toBe(false);
});

describe('an address', () => {
  const allow = createAllowedHosts(['crl.example', 'other.example:8080', '[fd00::1]', 'sec.example:443']);

  test.each([
    ['http://crl.example/list', true],
    ['HTTP://CRL.EXAMPLE/list', true],
    ['https://crl.example/list', true],
    ['http://crl.example:80/list', true],
    ['http://crl.example:8080/list', false],
    ['https://crl.example:80/list', false],
    ['http://other.example:8080/', true],
    ['https://other.example:8080/', true],
    ['http://other.example/', false],
    ['http://[fd00::1]/', true],
    ['http://[fd00:0::1]/', true],
    ['https://sec.example/', true],
    ['http://sec.example/', false],
    ['http://crl.example./', false],
    ['http://crl.example@evil.example/', false],
    ['http://evil.example/crl.example', false],
    ['http://evil.example#crl.example', false],
    ['http://x.crl.example/', false],
    ['http://crl.example\\@evil.example/', true],
    ['file:///etc/passwd', false],
    ['crl.example/list', false],
    ['http://crl.example/\n', false],
    [`http://crl.example/${'x'.repeat(3_000)}`, false],
  ])('%j is allowed: %s', (address, isAllowed) => {
    const url = allow(address);
    expect(url !== undefined).toBe(isAllowed);
    // Whatever is allowed leads to an allowed host, however it was written.
    const hosts = [undefined, 'crl.example', 'other.example', '[fd00::1]', 'sec.example'];
    expect(hosts).toContain(url?.hostname);
  });
});
