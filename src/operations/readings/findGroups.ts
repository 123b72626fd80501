import { z } from 'zod';
import { tenant } from '../inputs.ts';
import { UNTRUSTED } from '../marks.ts';
import { defineReading } from '../operation.ts';
import { refuseUpstream } from '../refusal.ts';

export const findGroups = defineReading({
  name: 'find_groups',
  class: 'READ',
  summary: 'The Entra groups with one of up to 10 display names',
  detail:
    'Names are compared exactly, letter case included, and each counts once. A name that no group has is left out; of several groups with one name all are told.',
  route: { method: 'POST', path: '/groups/lookup' },
  command: { words: ['groups', 'find'], operands: [] },
  input: z.strictObject({
    tenant,
    display_names: z.array(z.string().min(1).max(120)).min(1).max(10).describe('Up to 10 names.'),
  }),
  output: z.strictObject({
    groups: z.array(z.strictObject({ id: z.string(), display_name: z.string().meta({ [UNTRUSTED]: true }) })),
  }),
  recorded: ['display_names'],
  async run({ display_names: names }, { tenant: { groups }, bound }) {
    const found = await groups.findGroups([...new Set(names)], bound);
    if (!found.ok) return refuseUpstream(found);
    return {
      ok: true,
      value: { groups: found.value.map(({ id, displayName }) => ({ id, display_name: displayName })) },
    };
  },
});
