import { detectedAppsList } from './controlSchemas.ts';
import { fieldErrorsOf } from './controlProblem.ts';
import { isManagedDeviceProperty, isSelectOnlyProperty, propertyProblem } from './managedDeviceEntity.ts';
import { createPolicyStates } from './policyStateRows.ts';
import type { FieldError } from './controlProblem.ts';
import type { JsonValue } from './managedDeviceEntity.ts';
import type { DetectedAppRow, SimulatedDevice } from './simulatedDevice.ts';

/** Changes for one device, understood but not yet made. */
export interface DeviceChange {
  readonly properties: Record<string, JsonValue>;
  readonly selectOnly: Record<string, JsonValue>;
  readonly detectedApps?: DetectedAppRow[];
  readonly note?: string;
  /** Settings that are not compliant; all others become so. */
  readonly failingSettings?: readonly string[];
}

/** Reads a flat object of managedDevice properties, `note`, `detectedApps` and `failingSettings`. `id` is left to the caller. */
export function parseDeviceChange(
  body: unknown,
): { ok: true; change: DeviceChange } | { ok: false; errors: FieldError[] } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { ok: false, errors: [{ field: '', message: 'must be a JSON object' }] };
  }
  const errors: FieldError[] = [];
  const change: { -readonly [K in keyof DeviceChange]: DeviceChange[K] } = { properties: {}, selectOnly: {} };
  for (const [name, value] of Object.entries(body as Record<string, JsonValue>)) {
    if (name === 'id') continue;
    if (name === 'note') {
      if (typeof value === 'string') change.note = value;
      else errors.push({ field: name, message: 'must be a string' });
    } else if (name === 'failingSettings') {
      if (Array.isArray(value) && value.every((setting) => typeof setting === 'string')) {
        change.failingSettings = value;
      } else errors.push({ field: name, message: 'must be a list of strings' });
    } else if (name === 'detectedApps') {
      const apps = detectedAppsList.safeParse(value);
      if (apps.success) change.detectedApps = apps.data;
      else
        errors.push(
          ...fieldErrorsOf(apps.error).map(({ field, message }) => ({ field: `${name}.${field}`, message })),
        );
    } else if (!isManagedDeviceProperty(name)) {
      errors.push({ field: name, message: 'is not a property of managedDevice in v1.0' });
    } else if (isSelectOnlyProperty(name)) {
      change.selectOnly[name] = value;
    } else {
      const problem = propertyProblem(name, value);
      if (problem === undefined) change.properties[name] = value;
      else errors.push({ field: name, message: problem });
    }
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, change };
}

/** Makes the changes. What a list shows and what only `$select` tells are kept apart. */
export function applyDeviceChange(device: SimulatedDevice, change: DeviceChange): void {
  Object.assign(device.properties, change.properties);
  Object.assign(device.selectOnly, change.selectOnly);
  if (change.detectedApps !== undefined) device.detectedApps = change.detectedApps;
  if (change.note !== undefined) device.note = change.note;
  // What makes a device compliant makes its settings so.
  const failing =
    change.failingSettings ?? (change.properties['complianceState'] === 'compliant' ? [] : undefined);
  if (failing !== undefined) {
    const { userId, userPrincipalName } = device.properties;
    device.policyStates = createPolicyStates({
      userId: userId ?? '',
      userPrincipalName: userPrincipalName ?? '',
      failing,
    });
  }
}

/** A device as the control routes show it: flat, with the true values and the note. */
export function describeDevice(device: SimulatedDevice): Record<string, unknown> {
  return { ...device.properties, ...device.selectOnly, note: device.note };
}
