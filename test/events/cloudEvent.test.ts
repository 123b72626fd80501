import { describe, expect, test } from 'vitest';
import { toCloudEvent } from '../../src/events/cloudEvent.ts';
import { EVENT_TYPES, EVENT_TYPE_NAMES } from '../../src/events/eventTypes.ts';
import type { GateEvent } from '../../src/events/gateEvent.ts';
import { createNameUser } from '../../src/events/userNames.ts';

const EVENT: GateEvent = {
  type: 'CONNECTOR_INVOKED',
  who: { kind: 'person', name: 'a.carter' },
  what: 'wipe',
  why: 'w'.repeat(600),
  outcome: 'refused',
  reason: 'notApproved',
  device: { id: 'presented', intuneId: 'intune' },
  user: 'b.smith',
};
const frame = {
  source: 'urn:test',
  id: 'one',
  at: Date.UTC(2026, 10, 21),
  nameUser: createNameUser({ as: 'omitted' }),
};

describe('the catalogue', () => {
  test('gives each type a code of its own', () => {
    const codes = EVENT_TYPE_NAMES.map((type) => EVENT_TYPES[type].code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(EVENT_TYPES.DEVICE_COMPLIANCE_CHECKED.code).toBe('0x2801');
  });
});

describe('an event as a CloudEvent', () => {
  test('has what CloudEvents demand, and what happened', () => {
    expect(JSON.parse(JSON.stringify(toCloudEvent(EVENT, frame)))).toEqual({
      specversion: '1.0',
      id: 'one',
      source: 'urn:test',
      type: 'CONNECTOR_INVOKED',
      time: '2026-11-21T00:00:00.000Z',
      subject: 'intune',
      datacontenttype: 'application/json',
      data: {
        code: '0x2831',
        who: { kind: 'person' },
        what: 'wipe',
        why: 'w'.repeat(500),
        outcome: 'refused',
        reason: 'notApproved',
        device: { id: 'presented', intuneId: 'intune' },
      },
    });
  });

  test('names people as it is told to, and principals as they are', () => {
    const nameUser = createNameUser({ as: 'written' });
    expect(toCloudEvent(EVENT, { ...frame, nameUser }).data).toMatchObject({
      who: { kind: 'person', name: 'a.carter' },
      user: 'b.smith',
    });
    const who = { kind: 'caller', name: 'helpdesk' } as const;
    expect(toCloudEvent({ ...EVENT, who }, frame).data.who).toEqual(who);
  });
});

describe('a pseudonym', () => {
  const nameUser = createNameUser({ as: 'pseudonyms', key: 'one key' });

  test('is the same for the same name in any letter case, and tells nothing of it', () => {
    expect(nameUser('A.Carter')).toBe(nameUser(' a.carter'));
    expect(nameUser('A.Carter')).not.toBe(nameUser('b.smith'));
    expect(nameUser('A.Carter')).toMatch(/^user:[\w-]{22}$/);
  });

  test('is another one under another key', () => {
    expect(createNameUser({ as: 'pseudonyms', key: 'another' })('a.carter')).not.toBe(nameUser('a.carter'));
  });
});
