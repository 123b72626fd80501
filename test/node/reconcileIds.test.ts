import { describe, expect, test } from 'vitest';
import type { DeviceIdKind } from '../../src/node/deviceId.ts';
import type { DeviceIdSourceKind, PresentedDeviceId } from '../../src/node/deviceIdSource.ts';
import { reconcileIds } from '../../src/node/reconcileIds.ts';
import { guid } from '../support/fakeDirectory.ts';

const A = guid('aaaaaaaa-0000-4000-8000-000000000000');
const B = guid('bbbbbbbb-0000-4000-8000-000000000000');
const C = guid('cccccccc-0000-4000-8000-000000000000');
const presented = (
  id: PresentedDeviceId['id'],
  kind: DeviceIdKind,
  source: DeviceIdSourceKind = 'header',
): PresentedDeviceId => ({ id, kind, source });

describe('reconcileIds', () => {
  test('equal ids are one', () => {
    expect(reconcileIds([presented(A, 'intune'), presented(A, 'intune', 'certificate')])).toEqual({
      ids: [{ id: A, kind: 'intune', source: 'certificate' }],
    });
  });

  test('a bare id takes the kind another source knows, in either order', () => {
    const expected = { ids: [{ id: A, kind: 'entra', source: 'header' }] };
    expect(reconcileIds([presented(A, 'unknown'), presented(A, 'entra')])).toEqual(expected);
    expect(reconcileIds([presented(A, 'entra'), presented(A, 'unknown')])).toEqual(expected);
  });

  test('an Intune id and an Entra id are both kept', () => {
    expect(reconcileIds([presented(A, 'intune'), presented(B, 'entra')])?.ids).toHaveLength(2);
    expect(reconcileIds([presented(A, 'unknown'), presented(B, 'unknown')])?.ids).toHaveLength(2);
  });

  test.each<[string, PresentedDeviceId[]]>([
    ['two Intune ids', [presented(A, 'intune'), presented(B, 'intune')]],
    ['two Entra ids', [presented(A, 'entra'), presented(B, 'entra')]],
    ['three ids', [presented(A, 'unknown'), presented(B, 'unknown'), presented(C, 'unknown')]],
    ['one id of two kinds', [presented(A, 'intune'), presented(A, 'entra')]],
  ])('%s are refused', (_, ids) => {
    expect(reconcileIds(ids)).toBeUndefined();
    expect(reconcileIds(ids.toReversed())).toBeUndefined();
  });
});
