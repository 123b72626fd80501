import { z } from 'zod';

/** Bounds of what callers do with devices and groups. */
export const operationsSchema = z
  .strictObject({
    approvalMinutes: z
      .number()
      .min(1)
      .max(1_440)
      .default(15)
      .describe('How long a request waits for approval by somebody else, in minutes.'),
    changesPerHour: z
      .int()
      .min(0)
      .max(100_000)
      .default(20)
      .describe('Locks, retirements, wipes and deletions of one tenant in any hour, all callers together.'),
    syncsPerHour: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(600)
      .describe('Syncs of one tenant in any hour, all callers and journeys together.'),
    pendingPerCaller: z
      .int()
      .min(1)
      .max(1_000)
      .default(20)
      .describe('Requests of one caller that wait for approval at once.'),
    deadlineMs: z
      .int()
      .min(1_000)
      .max(120_000)
      .default(30_000)
      .describe('Bounds everything one operation does, in milliseconds.'),
    mcpOrigins: z
      .array(
        z.string().refine((value) => URL.canParse(value) && new URL(value).origin === value, {
          error: 'must be an origin without a path, e.g. https://assistant.example',
        }),
      )
      .default([])
      .describe(
        'Origins of web pages that may speak to the tools of assistants at `/mcp`. An empty list means none; programs send no origin.',
      ),
  })
  .prefault({})
  .describe('Bounds of operations on devices and groups (docs/deviceOperations.md).');
