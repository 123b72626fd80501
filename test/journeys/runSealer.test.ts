import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { NOTHING_GATHERED, type JourneyRun } from '../../src/journeys/engine/journeyRun.ts';
import { createRunSealer } from '../../src/journeys/seal/runSealer.ts';
import { NOW } from '../support/fakeDirectory.ts';

const RUN: JourneyRun = {
  id: 'run-1',
  tree: 'Login',
  version: 'v',
  expiresAt: NOW + 60_000,
  noSession: false,
  step: 1,
  frames: [{ tree: 'Login', node: 'n', secure: { password: 'hunter22' } }],
  shared: { username: 'alice' },
  asked: [{ type: 'NameCallback', takes: ['text'] }],
  gathered: NOTHING_GATHERED,
};
const [first, second] = [randomBytes(32), randomBytes(32)];
const sealer = (secrets: readonly Uint8Array[], now = NOW, realm = '/') =>
  createRunSealer({ secrets, realm, now: () => now });

test('what was sealed is opened, once for each time it was sealed', async () => {
  const one = sealer([first]);
  const [a, b] = [await one.seal(RUN), await one.seal(RUN)];
  expect(await one.open(a.token)).toMatchObject({
    ok: true,
    run: { ...RUN, gathered: { methods: [] } },
    oneTimeKey: a.oneTimeKey,
  });
  expect(a.oneTimeKey).not.toBe(b.oneTimeKey);
});

test('nothing of the state can be read from outside', async () => {
  const { token } = await sealer([first]).seal(RUN);
  const readable = token
    .split('.')
    .map((part) => Buffer.from(part, 'base64url').toString())
    .join(' ');
  const inside = readable.split(' ').join('');
  for (const secret of ['alice', 'hunter22', 'NameCallback']) expect(inside).not.toContain(secret);
});

test('keys can be changed while journeys are under way', async () => {
  const { token } = await sealer([first]).seal(RUN);
  expect(await sealer([second, first]).open(token)).toMatchObject({ ok: true });
  expect(await sealer([second]).open(token)).toEqual({ ok: false, fault: 'badSignature' });
});

test('state of one token cannot be put into another', async () => {
  const one = sealer([first]);
  const [a, b] = [(await one.seal(RUN)).token, (await one.seal({ ...RUN, tree: 'Other' })).token];
  const [header, , signature] = a.split('.');
  expect(await one.open(`${header}.${b.split('.')[1]}.${signature}`)).toEqual({
    ok: false,
    fault: 'badSignature',
  });
});

test('it ends in time, and at the border of its realm', async () => {
  const { token } = await sealer([first]).seal(RUN);
  expect(await sealer([first], NOW + 60_000).open(token)).toEqual({ ok: false, fault: 'expired' });
  expect(await sealer([first], NOW, '/alpha').open(token)).toEqual({ ok: false, fault: 'badSignature' });
});

test('a short secret is refused', () => {
  expect(() => sealer([Buffer.from('short')])).toThrow('at least 32 bytes');
  expect(() => sealer([])).toThrow('needs a secret');
});
