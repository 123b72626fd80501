import { z } from 'zod';

/** A setting with AM's default; exports write null where nothing was entered. */
export function setting<T>(schema: z.ZodType<T>, fallback: T) {
  return schema.nullish().transform((value): T => value ?? fallback);
}

/** A map of texts, such as session properties. Missing and null are an empty one. */
export const textMap = setting<Readonly<Record<string, string>>>(z.record(z.string(), z.string()), {});

/** Types without settings; what stands there is ignored. */
export const NO_SETTINGS = z.looseObject({});
