import { z } from 'zod';
import { file, name } from './schemaParts.ts';

/** How long exceptions may last at most, milliseconds. */
export const LONGEST_MS = { exception: 90 * 86_400_000, breakGlass: 4 * 3_600_000 } as const;

/** How many people have to approve. */
export const APPROVALS = { exception: 1, breakGlass: 2 } as const;

/** Where exceptions stand, and who may approve them. */
export const exceptions = z
  .strictObject({
    files: z
      .array(file)
      .max(100)
      .default([])
      .describe(
        'Files of exceptions (docs/forwardAuth.md#exceptions), YAML or JSON, read again when they change.',
      ),
    approvers: z
      .record(
        name,
        z.strictObject({
          publicKeyFile: file.describe('PEM file with the public key (Ed25519) of this person.'),
        }),
      )
      .default({})
      .describe('Who may approve exceptions, by name. Without any, no exception holds.'),
  })
  .describe('Devices and people that pass for a while although a policy says no.');

const instant = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})$/, {
    error: 'must be a date and time with its zone, e.g. 2026-11-21T18:00:00Z',
    abort: true,
  })
  .transform((text) => Date.parse(text))
  .refine((at) => !Number.isNaN(at), { error: 'is no date there ever is' });

const exception = z
  .strictObject({
    id: name,
    kind: z.enum(['exception', 'breakGlass']).default('exception'),
    device: z.guid().toLowerCase().optional(),
    user: z.string().min(1).max(200).optional(),
    policies: z.array(name).min(1).optional(),
    reason: z.string().min(10, 'must say why, in 10 characters or more').max(1_000),
    from: instant,
    until: instant,
    approvals: z
      .array(
        z.strictObject({
          by: name,
          signature: z
            .string()
            .regex(/^[A-Za-z0-9_-]{86}$/, 'must be what `intune-gate exceptions approve` prints'),
        }),
      )
      .max(20)
      .default([]),
  })
  .refine(({ device, user }) => (device === undefined) !== (user === undefined), {
    error: 'needs exactly one of `device` and `user`',
  })
  .refine(({ from, until }) => from < until, { path: ['until'], error: 'must be after `from`' })
  .refine(({ kind, from, until }) => until - from <= LONGEST_MS[kind], {
    path: ['until'],
    error: 'is too long after `from`: 90 days are the most, 4 hours for breakGlass',
  });

/** A file of exceptions. */
export const exceptionsFile = z.strictObject({
  exceptions: z.array(exception).max(1_000, 'holds more than 1,000 exceptions').default([]),
});

export type ExceptionConfig = z.output<typeof exception>;
