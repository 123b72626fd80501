import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { referencePages } from '../../scripts/referencePages.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { REASON_NAMES, REASONS } from '../../src/outcomes/reason.ts';

const root = new URL('../../', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, root), 'utf8');

describe('documentation', () => {
  test.each(Object.entries(referencePages()))(
    'docs/%s is what the code says (npm run docs)',
    (file, text) => {
      expect(read(`docs/${file}`)).toBe(text);
    },
  );

  test('every reason says what it means and what to do', () => {
    for (const name of REASON_NAMES) {
      expect(REASONS[name].meaning).toMatch(/^[A-Z].*\.$/);
      expect(REASONS[name].remedy).toMatch(/^[A-Z].*\.$/);
    }
    expect(new Set(REASON_NAMES.map((name) => REASONS[name].meaning)).size).toBe(REASON_NAMES.length);
  });

  test('every run-time dependency is justified, and nothing else is', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const section = read('docs/dependencies.md').split('## For development')[0] ?? '';
    const justified = [...section.matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1]);
    expect(new Set(justified)).toEqual(new Set(Object.keys(dependencies)));
    expect(justified).toHaveLength(Object.keys(dependencies).length);
  });

  test('the README names every command', () => {
    const readme = read('README.md');
    for (const { name } of COMMANDS) expect(readme).toContain(`\`${name}`);
  });

  test('links between pages lead somewhere', () => {
    const pages = [
      'README.md',
      'CONTRIBUTING.md',
      'SECURITY.md',
      ...readdirSync(new URL('docs/', root)).map((file) => `docs/${file}`),
    ];
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
        .map((match) => new URL(match[1] ?? '', new URL(page, root)))
        .filter((target) => !existsSync(target))
        .map((target) => `${page}: ${target.pathname}`),
    );
    expect(broken).toEqual([]);
  });

  test('files the pages name in code exist', () => {
    const architecture = read('docs/architecture.md');
    const named = [...architecture.matchAll(/`((?:node|http|graph|config|cli|outcomes)\/[\w/]+\.ts)`/g)].map(
      (match) => match[1] ?? '',
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((file) => !existsSync(new URL(`src/${file}`, root)))).toEqual([]);
  });
});
