import { z } from 'zod';
import { file, name } from './schemaParts.ts';

const journeyName = z.string().min(1).max(200);

/** What people see of the gate. */
export const pagesSchema = z
  .strictObject({
    node: name
      .default('default')
      .describe('The node that decides about the device of whoever looks at the device page.'),
    journey: journeyName
      .optional()
      .describe('Journey of the login page; default: `journeys.default`. An address may name another one.'),
    deviceJourney: journeyName
      .optional()
      .describe(
        'Journey for those who come to the device page. It has to let people in whose device is not in order, or they never see why; default: that of the login page.',
      ),
    textsFolder: file
      .optional()
      .describe(
        'Folder with texts of your own, one file for each language, such as `de.json`: they replace those that come along, or add a language.',
      ),
    tellDevices: z
      .boolean()
      .default(false)
      .describe(
        'Have a device check in when its owner asks for a recheck. Needs DeviceManagementManagedDevices.PrivilegedOperations.All.',
      ),
    recheckSeconds: z
      .int()
      .min(10)
      .max(86_400)
      .default(120)
      .describe('Shortest time between two rechecks of one device, in seconds.'),
    watchSeconds: z
      .int()
      .min(10)
      .max(3_600)
      .default(300)
      .describe('How long a recheck waits for another answer, in seconds.'),
    callers: z
      .array(name)
      .default([])
      .describe(
        'Callers that may ask how any device stands, and have it checked, by API. An empty list means nobody.',
      ),
  })
  .describe(
    'The login page at `/login` and the device page at `/device` (docs/pages.md); default: none. Needs `journeys`.',
  );

export type PagesConfig = z.output<typeof pagesSchema>;
