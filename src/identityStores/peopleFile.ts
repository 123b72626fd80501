import { z } from 'zod';
import { createJsonState, mapOf } from './jsonState.ts';
import type { StateFile } from './stateFile.ts';

const device = z.strictObject({
  id: z.string().min(1),
  name: z.string(),
  algorithm: z.enum(['totp', 'hotp']),
  digits: z.union([z.literal(6), z.literal(8)]),
  /** Sealed with the key of the state folder, for this person and this device. */
  secret: z.string(),
  registeredAt: z.number(),
  lastAcceptedSeconds: z.number().optional(),
  driftSeconds: z.number(),
  counter: z.int().min(0),
  /** Hashes of the codes that are left. */
  recoveryCodes: z.array(z.string()),
});

const schema = z.strictObject({
  version: z.literal(1),
  people: mapOf(
    z.strictObject({
      devices: z.array(device),
      /** Barred here, whatever the directory says. */
      inactive: z.literal(true).optional(),
    }),
  ),
});

export type StoredDevice = z.output<typeof device>;
export type People = z.output<typeof schema>;
export type StoredPerson = People['people'] extends Map<string, infer P> ? P : never;

/** What the gate itself knows of people, by the id of the identity: their devices, and whether they are barred. */
export function createPeopleFile(file: string): StateFile<People> {
  return createJsonState({
    file,
    called: 'the file of devices',
    schema,
    empty: () => ({ version: 1, people: new Map() }),
  });
}

/** Leaves no empty entries behind. */
export function putPerson({ people }: People, id: string, person: StoredPerson): void {
  if (person.devices.length === 0 && person.inactive !== true) people.delete(id);
  else people.set(id, person);
}
