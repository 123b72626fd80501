import { describe, expect, test } from 'vitest';
import { OUTCOMES } from '../../src/outcomes/outcome.ts';
import { REASONS } from '../../src/outcomes/reason.ts';
import { choosePageTexts, mergeTextTables, parseTextTable } from '../../src/pages/pageTexts.ts';
import { readShippedTexts } from '../../src/pages/shippedPages.ts';

const shipped = readShippedTexts();
const english = shipped.get('en') ?? {};
const placesOf = (text: string): readonly string[] =>
  [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();

describe('the texts that come along', () => {
  test('are English and German', () => {
    expect([...shipped.keys()].sort()).toEqual(['de', 'en']);
  });

  test.each([...shipped])('have the same keys and places in %s', (_, table) => {
    expect(Object.keys(table)).toEqual(Object.keys(english));
    for (const [key, text] of Object.entries(table)) {
      expect([key, placesOf(text)]).toEqual([key, placesOf(english[key] ?? '')]);
      expect(text.trim()).not.toBe('');
    }
  });

  test('say something about every outcome, and about every reason that is about a device', () => {
    for (const outcome of OUTCOMES) expect(english[`outcome.${outcome}`]).toEqual(expect.any(String));
    for (const [reason, { about }] of Object.entries(REASONS)) {
      expect([reason, english[`reason.${reason}`] ?? english[`about.${about}`]]).toEqual([
        reason,
        expect.any(String),
      ]);
    }
    const unsaid = Object.entries(REASONS).filter(
      ([reason, { about }]) => about === 'device' && !(`reason.${reason}` in english),
    );
    expect(unsaid).toEqual([]);
    for (const key of Object.keys(english).filter((name) => name.startsWith('reason.'))) {
      expect(REASONS).toHaveProperty(key.slice('reason.'.length));
    }
  });
});

describe('texts of one’s own', () => {
  const merged = mergeTextTables(
    shipped,
    new Map([
      ['de', { 'login.title': 'Willkommen' }],
      ['pt-BR', { 'login.title': 'Entrar' }],
      ['ar', { direction: 'rtl' }],
    ]),
  );

  test('replace some, and leave the others', () => {
    const { say } = choosePageTexts(merged, ['de']);
    expect([say('login.title'), say('login.next')]).toEqual(['Willkommen', 'Weiter']);
  });

  test('add a language, whose missing texts are English', () => {
    const { say, language } = choosePageTexts(merged, ['pt-br']);
    expect([language, say('login.title'), say('login.next')]).toEqual(['pt-BR', 'Entrar', 'Next']);
  });

  test('may be written from right to left', () => {
    expect(choosePageTexts(merged, ['ar-EG']).direction).toBe('rtl');
    expect(choosePageTexts(merged, ['en']).direction).toBe('ltr');
  });

  test.each([
    ['[1]', 'is no JSON object'],
    ['null', 'is no JSON object'],
    ['{', 'is no JSON'],
    ['{"a":1}', 'has a value that is no text of at most 2000 characters'],
    [JSON.stringify({ a: 'x'.repeat(2_001) }), 'has a value that is no text of at most 2000 characters'],
    [
      JSON.stringify(Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [n, 'x']))),
      'has more than 1000 texts',
    ],
  ])('%.30s is refused', (text, problem) => {
    expect(parseTextTable(text)).toBe(problem);
  });

  test('may begin with a byte order mark and have line ends of Windows', () => {
    expect(parseTextTable('\uFEFF{\r\n"a": "b"\r\n}')).toEqual({ a: 'b' });
  });
});

describe('a text', () => {
  const { say, find, ago } = choosePageTexts(shipped, ['en']);

  test('gets its values as they are, and no others', () => {
    expect(say('device.signedInAs', { name: '{id} $& <b>' })).toBe('Signed in as {id} $& <b>');
    expect(say('device.signedInAs')).toBe('Signed in as {name}');
    expect(say('no.such.key')).toBe('no.such.key');
    expect(find('toString')).toBeUndefined();
    expect(find('__proto__')).toBeUndefined();
  });

  test.each([
    [0, 'now', 'jetzt'],
    [1, '1 second ago', 'vor 1 Sekunde'],
    [59, '59 seconds ago', 'vor 59 Sekunden'],
    [119, '1 minute ago', 'vor 1 Minute'],
    [7_200, '2 hours ago', 'vor 2 Stunden'],
    [86_400, 'yesterday', 'gestern'],
    [-259_200, 'in 3 days', 'in 3 Tagen'],
    [-40, 'in 40 seconds', 'in 40 Sekunden'],
  ])('tells %d seconds', (seconds, inEnglish, inGerman) => {
    expect([ago(seconds), choosePageTexts(shipped, ['de']).ago(seconds)]).toEqual([inEnglish, inGerman]);
  });
});
