import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ENCODINGS } from '../../../src/tls/encodings/encodings.ts';
import { FORWARDED_FORMATS } from '../../../src/tls/forwardedFormats.ts';

const page = readFileSync(new URL('../../../docs/certificates.md', import.meta.url), 'utf8');

const code = (text: string): string => `\`${text}\``;

/** The rows of the table that begins with this cell, without the padding. */
function tableUnder(firstCell: string): readonly (readonly string[])[] {
  const lines = page.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${firstCell} `));
  const rows = lines.slice(start + 2);
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

test('the table of profiles is the registry', () => {
  expect(tableUnder('profile')).toEqual(
    FORWARDED_FORMATS.map(({ name, title, defaultHeader = '', encoding, chain, absent, verifySignal }) => [
      code(name),
      title,
      code(defaultHeader),
      code(encoding) + (chain === 'afterLeaf' ? ', a chain may follow' : ''),
      absent.map(code).join(' '),
      verifySignal.map(({ header, success }) => code(`${header}=${success}`)).join(' '),
    ]),
  );
});

test('the table of encodings is theirs', () => {
  expect(tableUnder('encoding')).toEqual(
    Object.entries(ENCODINGS).map(([name, { title }]) => [code(name), title]),
  );
});

test('the page names every rule', () => {
  const rules = ['sanUri', 'intuneMdm', 'entraJoin', 'subjectCn'];
  expect(tableUnder('rule').map(([rule]) => rule)).toEqual(rules.map(code));
});
