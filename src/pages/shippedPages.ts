import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { parseTextTable, type TextTables } from './pageTexts.ts';

/** A file that pages load, as it is sent. */
export interface PageAsset {
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Reads the files that pages load, by name. */
export function readPageAssets(): ReadonlyMap<string, PageAsset> {
  const folder = new URL('assets/', import.meta.url);
  return new Map(
    readdirSync(folder).flatMap((name) => {
      const type = TYPES[name.split('.').at(-1) ?? ''];
      if (type === undefined) return [];
      const body = readFileSync(new URL(name, folder));
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
      return [[name, { type, body, etag }] as const];
    }),
  );
}

/** Reads the texts that come with this package, by language. */
export function readShippedTexts(): TextTables {
  const folder = new URL('texts/', import.meta.url);
  return new Map(
    readdirSync(folder).flatMap((name) => {
      if (!name.endsWith('.json')) return [];
      const table = parseTextTable(readFileSync(new URL(name, folder), 'utf8'));
      if (typeof table === 'string') throw new Error(`${name} ${table}`);
      return [[name.slice(0, -'.json'.length), table] as const];
    }),
  );
}
