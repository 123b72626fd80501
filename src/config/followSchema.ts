import { z } from 'zod';
import { file } from './schemaParts.ts';

/** How a tenant is followed, as it is written. Without it, devices are asked about when somebody asks about them. */
export const follow = z
  .strictObject({
    everySeconds: z
      .number()
      .min(10)
      .max(3_600)
      .default(60)
      .describe('Pause between two looks at the devices that checked in, in seconds.'),
    overlapSeconds: z
      .number()
      .min(0)
      .max(86_400)
      .default(300)
      .describe(
        "How much further back each look goes than to the last one, in seconds: Intune's clock is not the gate's, and its lists lag.",
      ),
    allEverySeconds: z
      .number()
      .min(60)
      .max(604_800)
      .optional()
      .describe(
        'How often all devices are listed, in seconds, from beginning to beginning; default: three quarters of `answers.compliantSeconds`, so that no answer runs out.',
      ),
    positionFile: file
      .optional()
      .describe(
        'File in which the gate notes how far it has got, to go on there after a restart. It may hold the name of a device.',
      ),
  })
  .describe(
    'List all devices into memory beforehand, and then those that check in (docs/fleet.md). Off by default.',
  );
