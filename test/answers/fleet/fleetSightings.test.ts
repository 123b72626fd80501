import { expect, test } from 'vitest';
import { createFleetSightings } from '../../../src/answers/fleet/fleetSightings.ts';
import { entraId, intuneId } from './fakeList.ts';

type Row = readonly [device: number, entra: number | undefined];

test.each<[string, readonly Row[], readonly Row[]]>([
  [
    'each alone',
    [
      [1, 1],
      [2, 2],
    ],
    [
      [1, 1],
      [2, 2],
    ],
  ],
  [
    'none without an Entra id',
    [
      [1, undefined],
      [2, 2],
    ],
    [[2, 2]],
  ],
  [
    'one that is shown twice',
    [
      [1, 1],
      [1, 1],
    ],
    [[1, 1]],
  ],
  [
    'none of two with one Entra id',
    [
      [1, 1],
      [2, 1],
      [3, 3],
    ],
    [[3, 3]],
  ],
  [
    'none of three',
    [
      [1, 1],
      [2, 1],
      [1, 1],
      [3, 1],
    ],
    [],
  ],
  [
    'a device by its later Entra id',
    [
      [1, 1],
      [1, 2],
    ],
    [[1, 2]],
  ],
  [
    'no Entra id that somebody else had before',
    [
      [1, 1],
      [1, 2],
      [2, 1],
    ],
    [[1, 2]],
  ],
  [
    'no Entra id that was given up',
    [
      [1, 1],
      [1, undefined],
    ],
    [],
  ],
])('%s', (_, rows, alone) => {
  const sightings = createFleetSightings();
  for (const [device, entra] of rows)
    sightings.note(intuneId(device), entra === undefined ? undefined : entraId(entra));
  expect([...sightings.alone()]).toEqual(
    alone.map(([device, entra]) => [entraId(Number(entra)), intuneId(device)]),
  );
  expect(sightings.size).toBe(new Set(rows.map(([device]) => device)).size);
});
