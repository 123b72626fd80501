import { z } from 'zod';

/** The body of `POST /v1/history/erase`. */
export const erasureSchema = z.union([
  z.strictObject({ deviceId: z.string().max(100) }),
  z.strictObject({ user: z.string().min(1).max(500) }),
]);
