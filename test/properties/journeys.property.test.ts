import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { checkJourneys } from '../../src/journeys/check/checkJourneys.ts';
import { FINDINGS } from '../../src/journeys/finding.ts';
import { readJourneys } from '../../src/journeys/format/readJourneys.ts';
import { parseAcceptLanguage } from '../../src/journeys/localisedTexts.ts';
import { decodeMimeWords } from '../../src/journeys/mimeWords.ts';
import { NODE_TYPES } from '../../src/journeys/nodeTypes.ts';
import { FAILURE, journeyFile, LOGIN, SUCCESS, treeExport } from '../support/journeyFixtures.ts';
import { answered, callAuthenticate, testJourneys, type ClientStep } from '../support/testJourneys.ts';

const KEYS = [
  '_id',
  'nodes',
  'tree',
  'trees',
  'innerNodes',
  'scripts',
  'script',
  'connections',
  'nodeType',
  'entryNodeId',
  'metadata',
  'data',
  'entityType',
  'result',
  'config',
  '_properties',
  'details',
  '_type',
  'displayName',
  'enabled',
  'treeTimeout',
  '$string',
  '$int',
  '__proto__',
  'a',
  '',
];

/** JSON that looks like a journey in places, and is anything. */
const nearlyJourney = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      1.5,
      '',
      SUCCESS,
      FAILURE,
      'startNode',
      'PageNode',
      'InnerTreeEvaluatorNode',
      '&{esv.x}',
      'AuthTree',
    ),
    fc.string({ maxLength: 10 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 8 }),
  ),
})).value;

/** A good export with one place replaced. */
const damaged = fc
  .record({ path: fc.array(fc.nat(), { minLength: 1, maxLength: 8 }), value: nearlyJourney })
  .map(({ path, value }) => {
    const file = structuredClone({ trees: { T: treeExport('T', LOGIN) } }) as Record<string, unknown>;
    let place = file;
    for (const [depth, step] of path.entries()) {
      const keys = Object.keys(place);
      const key = keys[step % Math.max(1, keys.length)] ?? 'x';
      const next = place[key];
      if (depth === path.length - 1 || typeof next !== 'object' || next === null) {
        place[key] = value;
        break;
      }
      place = next as Record<string, unknown>;
    }
    return file;
  });

describe('journey files', () => {
  test.each([
    ['nearly journeys', nearlyJourney],
    ['damaged journeys', damaged],
    ['any JSON', fc.jsonValue()],
  ])('%s never crash the check, and what runs is sound', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        const checked = checkJourneys(readJourneys([{ name: 'f', content: JSON.stringify(value) }]), {
          types: NODE_TYPES,
        });
        for (const finding of checked.findings) {
          expect(FINDINGS).toHaveProperty(finding.code);
          expect(finding.path === '' || finding.path.startsWith('/')).toBe(true);
        }
        for (const { entry, nodes, journey } of checked.runnable.values()) {
          expect(nodes.has(entry) || [SUCCESS, FAILURE].includes(entry)).toBe(true);
          expect(
            checked.findings.some(({ tree, severity }) => tree === journey.name && severity === 'error'),
          ).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (content) => {
        const { findings } = checkJourneys(readJourneys([{ name: 'f', content }]), { types: NODE_TYPES });
        expect(findings.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('the protocol', () => {
  const { app } = testJourneys({ files: [journeyFile({ Login: LOGIN })], config: { default: 'Login' } });
  afterAll(() => app.close());
  const begin = async () => (await callAuthenticate(app, undefined)).json<ClientStep>();

  function isAmError(response: { statusCode: number; json(): unknown }): boolean {
    const body = response.json() as { code?: unknown; reason?: unknown; message?: unknown };
    return (
      [400, 401, 413, 415].includes(response.statusCode) &&
      body.code === response.statusCode &&
      typeof body.reason === 'string' &&
      typeof body.message === 'string'
    );
  }

  test('answers any body that is no answer with an error of AM’s form', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (body) => {
        const isBeginning =
          typeof body === 'object' && body !== null && !Array.isArray(body) && Object.keys(body).length === 0;
        const response = await callAuthenticate(app, JSON.stringify(body));
        expect(isBeginning ? 'authId' in response.json<object>() : isAmError(response)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  test('answers any callbacks but the right ones with an error or the same question', async () => {
    const step = await begin();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.jsonValue(),
          fc.array(
            fc.record({ type: fc.constantFrom('NameCallback', 'PasswordCallback'), input: fc.jsonValue() }),
            { maxLength: 3 },
          ),
        ),
        async (sent) => {
          const response = await callAuthenticate(
            app,
            JSON.stringify({ authId: step.authId, callbacks: sent }),
          );
          expect(isAmError(response)).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('lets nobody in with any name and any wrong password', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1, unit: 'binary' }),
        fc.string({ minLength: 1, unit: 'binary' }),
        async (username, password) => {
          const response = await callAuthenticate(app, answered(await begin(), [username, password]));
          expect(response.statusCode).toBe(401);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('refuses every authId that was tampered with', async () => {
    const step = await begin();
    const { authId } = step;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
    await fc.assert(
      fc.asyncProperty(
        fc.nat(authId.length - 1),
        fc.constantFrom(...alphabet.split('')),
        fc.constantFrom('replace', 'insert', 'remove', 'cut'),
        async (at, letter, how) => {
          const changed =
            how === 'cut'
              ? authId.slice(0, at)
              : authId.slice(0, at) +
                (how === 'remove' ? '' : letter) +
                authId.slice(how === 'insert' ? at : at + 1);
          // The last character of base64url has bits that stand for nothing.
          const bytes = (token: string) =>
            token
              .split('.')
              .map((part) => Buffer.from(part, 'base64url').toString('hex'))
              .join('.');
          fc.pre(bytes(changed) !== bytes(authId));
          const response = await callAuthenticate(app, {
            ...answered(step, ['alice', 'correct horse']),
            authId: changed,
          });
          expect(response.statusCode).toBe(400);
        },
      ),
      { numRuns: 300 },
    );
    // And the real one still works.
    expect((await callAuthenticate(app, answered(step, ['alice', 'correct horse']))).statusCode).toBe(200);
  });
});

describe('headers', () => {
  test('any Accept-Language gives language tags', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        for (const tag of parseAcceptLanguage(header))
          expect(tag).toMatch(/^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/);
      }),
    );
  });

  test('encoded words come back, and other text stays as it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 40 }),
        fc.string({ unit: fc.constantFrom('a', ' ', '=', '?', 'ü'), maxLength: 20 }),
        (text, plain) => {
          expect(decodeMimeWords(`=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`)).toBe(text);
          expect(plain.includes('=?') || decodeMimeWords(plain) === plain).toBe(true);
        },
      ),
    );
  });
});
