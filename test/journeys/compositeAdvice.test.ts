import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCompositeAdvice } from '../../src/journeys/protocol/compositeAdvice.ts';

const pair = (name: string, ...values: readonly string[]): string =>
  `<AttributeValuePair><Attribute name="${name}"/>${values.map((value) => `<Value>${value}</Value>`).join('')}</AttributeValuePair>`;
const advices = (...pairs: readonly string[]): string => `<Advices>${pairs.join('')}</Advices>`;
const read = (text: string): object | undefined => {
  const advice = parseCompositeAdvice(text);
  return advice === undefined ? undefined : Object.fromEntries(advice);
};

describe('composite advice', () => {
  test.each([
    [advices(pair('AuthLevelConditionAdvice', '10')), { AuthLevelConditionAdvice: ['10'] }],
    [
      `<?xml version="1.0"?>\n<Advices>\n  ${pair('A', ' /alpha:x ', '2')}\n${pair('B', 'a&amp;b&lt;')}\n</Advices>\n`,
      { A: ['/alpha:x', '2'], B: ['a&b<'] },
    ],
    [advices(pair('A', '1'), pair('A', '2')), { A: ['1', '2'] }],
    [
      '<Advices><AttributeValuePair><Attribute name="A"></Attribute><Value></Value></AttributeValuePair></Advices>',
      { A: [''] },
    ],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test.each([
    '',
    '10',
    '<Advices/>',
    advices(),
    advices(pair('A')),
    advices(pair('A b', '1')),
    `<!DOCTYPE x [<!ENTITY y "z">]>${advices(pair('A', '1'))}`,
    advices(pair('A', '<b>1</b>')),
    advices('<Other/>'),
    advices(pair('A', '1')).replace('</Advices>', ''),
    advices(pair('A', 'x'.repeat(10_000))),
  ])('that cannot be read: %.60s', (text) => {
    expect(read(text)).toBeUndefined();
  });

  test.each([30, 190])('with %i pairs and no end is refused at once', (count) => {
    const began = performance.now();
    expect(read(`<Advices>${'<AttributeValuePair></AttributeValuePair>'.repeat(count)}!`)).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(500);
  });

  test('is read or refused in a short time, whatever it is', () => {
    const parts = fc.constantFrom(
      '<Advices>',
      '</Advices>',
      '<AttributeValuePair>',
      '</AttributeValuePair>',
      '<Value>',
      '</Value>',
      '<Attribute name="A"/>',
      ' ',
      '1',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 600 }), (texts) => {
        const began = performance.now();
        parseCompositeAdvice(texts.join(''));
        expect(performance.now() - began).toBeLessThan(200);
      }),
    );
  });
});
