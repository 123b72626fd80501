import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase32 } from '../../../src/identity/oath/base32.ts';
import { oathUri } from '../../../src/identity/oath/oathUri.ts';
import { countedAssert } from '../../properties/countedAssert.ts';

const SECRET = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const BASE = { issuer: 'ForgeRock', account: 'demo', secret: SECRET, digits: 6 } as const;
const BASE32 = 'AAAQEAYEAUDAOCAJBIFQYDIOB4';

test.each([
  [
    'TOTP with every default',
    { ...BASE, algorithm: 'totp', username: 'demo', deviceId: '0a-1b' } as const,
    `otpauth://totp/ForgeRock:demo?secret=${BASE32}&period=30&digits=6&b=032b75&image=&uid=ZGVtbw&oid=MGEtMWI`,
  ],
  [
    'TOTP with another hash, which follows the image',
    {
      ...BASE,
      algorithm: 'totp',
      hash: 'sha512',
      intervalSeconds: 60,
      imageUrl: 'https://a.example/b.png',
    } as const,
    `otpauth://totp/ForgeRock:demo?secret=${BASE32}&period=60&digits=6&b=032b75&image=https://a.example/b.png&algorithm=SHA512`,
  ],
  [
    'HOTP, which knows no hash',
    { ...BASE, algorithm: 'hotp', hash: 'sha256', digits: 8, counter: 5, backgroundColor: 'ffffff' } as const,
    `otpauth://hotp/ForgeRock:demo?secret=${BASE32}&counter=5&digits=8&b=ffffff&image=`,
  ],
  [
    'a label that wants escaping',
    { ...BASE, algorithm: 'totp', issuer: 'A:B & Söhne', account: 'x?secret=AA#y/z@c.d' } as const,
    `otpauth://totp/A%3AB%20&%20S%C3%B6hne:x%3Fsecret=AA%23y/z@c.d?secret=${BASE32}&period=30&digits=6&b=032b75&image=`,
  ],
])('%s', (_, options, uri) => {
  expect(oathUri(options)).toBe(uri);
});

test('whatever a person is called, the URI has one secret, and label and name come back', () => {
  const names = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
  const people = fc.record({
    issuer: names,
    account: names,
    secret: fc.uint8Array({ minLength: 1, maxLength: 40 }),
  });
  const runs = countedAssert(1_000, people, ({ issuer, account, secret }) => {
    const uri = oathUri({
      algorithm: 'totp',
      digits: 6,
      issuer,
      account,
      secret,
      username: account,
      deviceId: 'd',
    });
    const [head = '', query = '', ...more] = uri.split('?');
    expect(more).toEqual([]);
    expect(uri).toMatch(/^[\x21-\x7e]*$/);
    const label = head.slice('otpauth://totp/'.length);
    const colon = label.indexOf(':');
    expect(decodeURIComponent(label.slice(0, colon))).toBe(issuer.replaceAll(/\p{Cs}/gu, '\uFFFD'));
    expect(decodeURIComponent(label.slice(colon + 1))).toBe(account.replaceAll(/\p{Cs}/gu, '\uFFFD'));
    const parameters = query.split('&').map((pair) => pair.split('='));
    expect(parameters.map(([name]) => name)).toEqual([
      'secret',
      'period',
      'digits',
      'b',
      'image',
      'uid',
      'oid',
    ]);
    expect(decodeBase32(parameters[0]?.[1] ?? '')).toEqual(secret);
  });
  expect(runs).toBe(1_000);
});
