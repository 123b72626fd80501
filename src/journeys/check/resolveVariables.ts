import { isJsonObject, type Json, type JsonObject } from '../json.ts';

/** Looks up an environment variable of AIC (ESV) by its name without `&{}`, e.g. `esv.smtp.host`. */
export type FindVariable = (name: string) => string | undefined;

export interface ResolvedVariables {
  readonly value: Json;
  /** Where a variable stands that is not known, as keys from the top. Its place in the value is left out. */
  readonly unresolved: readonly { readonly path: readonly (string | number)[]; readonly name: string }[];
}

const REFERENCE = /&\{([^{}]{1,200})\}/g;
const CONVERSIONS: Readonly<Record<string, (text: string) => Json | undefined>> = {
  $string: (text) => text,
  $int: (text) => (/^-?\d{1,15}$/.test(text.trim()) ? Number(text) : undefined),
  $number: (text) => (/^-?\d{1,15}(?:\.\d{1,15})?$/.test(text.trim()) ? Number(text) : undefined),
  $bool: (text) => ({ true: true, false: false })[text.trim().toLowerCase()],
  $list: (text) => text.split(',').map((item) => item.trim()),
  $array: (text) => parseList(text),
};

/**
 * Pure: puts values in the place of `&{esv.name}`, alone in `{"$string": …}`, `{"$int": …}` and their like, or within a text. A
 * variable that is not known, or is not of the type asked for, is left out and told.
 */
export function resolveVariables(value: Json, find: FindVariable): ResolvedVariables {
  const unresolved: { path: readonly (string | number)[]; name: string }[] = [];

  function resolve(current: Json, path: readonly (string | number)[]): Json | undefined {
    if (typeof current === 'string') return resolveText(current, path);
    if (Array.isArray(current)) {
      return current.flatMap((item: Json, index) => {
        const resolved = resolve(item, [...path, index]);
        return resolved === undefined ? [] : [resolved];
      });
    }
    if (!isJsonObject(current)) return current;
    return resolveConversion(current, path) ?? resolveEntries(current, path);
  }

  function resolveConversion(object: JsonObject, path: readonly (string | number)[]): Json | undefined {
    const [[key, text] = [], ...others] = Object.entries(object);
    const convert = key !== undefined && Object.hasOwn(CONVERSIONS, key) ? CONVERSIONS[key] : undefined;
    if (convert === undefined || typeof text !== 'string' || others.length > 0) return undefined;
    const resolved = resolveText(text, path);
    if (resolved === undefined) return undefined;
    const converted = convert(resolved);
    if (converted === undefined) unresolved.push({ path, name: text });
    return converted;
  }

  function resolveEntries(object: JsonObject, path: readonly (string | number)[]): Json | undefined {
    // What could not be converted, which was told just now, is no setting of its own.
    if (unresolved.at(-1)?.path === path) return undefined;
    return Object.fromEntries(
      Object.entries(object).flatMap(([key, item]) => {
        const resolved = resolve(item, [...path, key]);
        return resolved === undefined ? [] : [[key, resolved]];
      }),
    );
  }

  function resolveText(text: string, path: readonly (string | number)[]): string | undefined {
    let missing = false;
    const resolved = text.replace(REFERENCE, (_, name: string) => {
      const found = find(name);
      if (found !== undefined) return found;
      missing = true;
      unresolved.push({ path, name });
      return '';
    });
    return missing ? undefined : resolved;
  }

  return { value: resolve(value, []) ?? null, unresolved };
}

function parseList(text: string): Json | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? (list as readonly Json[]) : undefined;
  } catch {
    return undefined;
  }
}
