import type { JsonValue } from '../node/managedDevice.ts';

/** What a device reported of one action. */
export interface ActionResult {
  readonly action: string;
  readonly state: string;
  /** ISO 8601, as Graph gave it. */
  readonly startedAt: string | null;
  readonly updatedAt: string | null;
}

/** Pure: Graph's `deviceActionResults`. Only these four parts of a row are read: others hold unlock codes and places. */
export function parseActionResults(value: JsonValue | undefined): readonly ActionResult[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly JsonValue[]).flatMap((row) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return [];
    const part = (name: string): string | null => {
      const found: unknown = Object.hasOwn(row, name) ? (row as Record<string, unknown>)[name] : undefined;
      return typeof found === 'string' && found.length <= 128 ? found : null;
    };
    const action = part('actionName');
    if (action === null) return [];
    return [
      {
        action,
        state: part('actionState') ?? 'none',
        startedAt: part('startDateTime'),
        updatedAt: part('lastUpdatedDateTime'),
      },
    ];
  });
}
