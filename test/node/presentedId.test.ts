import { describe, expect, test } from 'vitest';
import { parseGuid } from '../../src/node/deviceId.ts';
import { parsePresentedId } from '../../src/node/presentedId.ts';

const ID = 'f61dc341-c9c9-40c1-abbd-6997016f4c9e';

describe('parsePresentedId accepts', () => {
  test.each<[unknown]>([
    [ID],
    [ID.toUpperCase()],
    [`{${ID}}`],
    [` ${ID}\t`],
    [`CN=${ID}`],
    [`cn={${ID.toUpperCase()}}`],
    [`CN=${ID},O=Contoso,C=DE`],
    [`O=Contoso\\, Inc,CN=${ID}`],
    [`CN = ${ID}, O = Contoso`],
    [`/O=Contoso/CN=${ID}`],
    [`/CN=${ID}`],
    [[ID]],
    [[`CN=${ID}`]],
    [`["CN=${ID}"]`],
    [`[ "${ID}" ]`],
    [[`["${ID}"]`]],
  ])('%j', (value) => {
    expect(parsePresentedId(value)).toEqual({ is: 'id', id: ID });
  });
});

describe('parsePresentedId takes for absent', () => {
  test.each<[unknown]>([[undefined], [null], [''], [' \t'], [[]], ['[]'], [[null]], [['']]])(
    '%j',
    (value) => {
      expect(parsePresentedId(value)).toEqual({ is: 'absent' });
    },
  );
});

describe('parsePresentedId refuses', () => {
  test.each<[string, unknown]>([
    ['a number', 7],
    ['an object', { id: ID }],
    ['a flag', true],
    ['two values', [ID, ID]],
    ['a list in a list', [[ID]]],
    ['list text in list text', `["[\\"${ID}\\"]"]`],
    ['list text of two', `["${ID}","${ID}"]`],
    ['broken list text', `["${ID}"`],
    ['list text of a number', '[7]'],
    ['two CNs', `CN=${ID},CN=${ID}`],
    ['two CNs, one by OID', `CN=${ID},2.5.4.3=${ID}`],
    ['no CN', `O=${ID}`],
    ['another attribute ending in CN', `XCN=${ID}`],
    ['a CN that is no GUID', 'CN=LAPTOP-1'],
    ['CN= twice', `CN=CN=${ID}`],
    ['a joined header', `${ID}, ${ID}`],
    ['a path', `${ID}/../x`],
    ['an escaped path', `${ID}%2f..`],
    ['a query', `${ID}?$expand=x`],
    ['a fragment', `${ID}#`],
    ['a line break', `${ID}\r\nX: y`],
    ['a trailing line break', `${ID}\n`],
    ['a no-break space', `\u00a0${ID}`],
    ['a null byte', `${ID}\u0000`],
    ['all zeros', '00000000-0000-0000-0000-000000000000'],
    ['all zeros in a CN', 'CN=00000000-0000-0000-0000-000000000000'],
    ['half braces', `{${ID}`],
    ['other braces', `(${ID})`],
    ['no hyphens', ID.replaceAll('-', '')],
    ['hyphens elsewhere', 'f61dc341c-9c9-40c1-abbd-6997016f4c9e'],
    ['too short', ID.slice(1)],
    ['a letter beyond f', ID.replace('f', 'g')],
    ['full-width digits', ID.replace('6', '６')],
    ['too long', `CN=${ID},O=${'x'.repeat(3_000)}`],
    ['a placeholder', '(null)'],
  ])('%s', (_, value) => {
    const parsed = parsePresentedId(value);
    expect(parsed.is).toBe('malformed');
    expect(JSON.stringify(parsed)).not.toContain(ID);
  });
});

test('parseGuid makes one spelling of all', () => {
  expect(parseGuid(`{${ID.toUpperCase()}}`)).toBe(ID);
  expect(parseGuid('00000000-0000-0000-0000-000000000000')).toBeUndefined();
});
