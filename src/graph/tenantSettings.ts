import { isJsonObject } from './jsonObject.ts';

/** The switches of an Intune tenant that decide what "compliant" is worth. Undefined where Graph gave none. */
export interface TenantSettings {
  /** False: a device without any compliance policy counts as compliant. */
  readonly secureByDefault: boolean | undefined;
  /** Days without a check-in before Intune itself calls a device not compliant. */
  readonly checkinThresholdDays: number | undefined;
  readonly scheduledActionEnabled: boolean | undefined;
}

/** Pure: the body of `GET /deviceManagement?$select=settings`. Undefined if it is not that. */
export function parseTenantSettings(body: Readonly<Record<string, unknown>>): TenantSettings | undefined {
  const settings = body['settings'];
  if (!isJsonObject(settings)) return undefined;
  const flag = (key: string): boolean | undefined => {
    const value = settings[key];
    return typeof value === 'boolean' ? value : undefined;
  };
  const days = settings['deviceComplianceCheckinThresholdDays'];
  return {
    secureByDefault: flag('secureByDefault'),
    checkinThresholdDays: typeof days === 'number' && Number.isFinite(days) ? days : undefined,
    scheduledActionEnabled: flag('isScheduledActionEnabled'),
  };
}
