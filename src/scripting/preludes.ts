import { readFileSync } from 'node:fs';

/** The JavaScript that makes the bindings, inside the sandbox. */
export interface Preludes {
  readonly common: string;
  readonly nextGen: string;
  readonly legacy: string;
}

/** They are files of their own, since another engine runs them: no compiler may touch them. */
export function readPreludes(): Preludes {
  const read = (name: string): string =>
    readFileSync(new URL(`./prelude/${name}.js`, import.meta.url), 'utf8');
  return { common: read('common'), nextGen: read('nextGen'), legacy: read('legacy') };
}
