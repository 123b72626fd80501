import type { CloudEvent } from '../../events/cloudEvent.ts';
import type { EventType } from '../../events/eventTypes.ts';

/** CAEP 1.0, device compliance change. */
export const DEVICE_COMPLIANCE_CHANGE =
  'https://schemas.openid.net/secevent/caep/event-type/device-compliance-change';

/** The events that are told as changes of compliance. */
export const COMPLIANCE_CHANGES: ReadonlySet<EventType> = new Set([
  'DEVICE_BECAME_COMPLIANT',
  'DEVICE_BECAME_NONCOMPLIANT',
]);

/** How a token names the device (RFC 9493): as the device of a tenant, as a subject of an issuer, or by its bare id. */
export type SubjectFormat = 'complex' | 'iss_sub' | 'opaque';

export interface SecurityEventOptions {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly subject: SubjectFormat;
  /** Which id of the device to tell. */
  readonly deviceId: 'intune' | 'entra';
  /** Directory id of a configured tenant; its devices are named under it. */
  readonly tenantIdOf: (tenant: string) => string | undefined;
}

/**
 * Pure: the claims of a security event token (RFC 8417) about a change of compliance. The same event always makes the same claims, so that
 * a receiver that gets it twice can tell.
 */
export function securityEventOf(event: CloudEvent, options: SecurityEventOptions): Record<string, unknown> {
  const { data, time, type, id } = event;
  const seconds = Math.floor(Date.parse(time) / 1_000);
  const becameCompliant = type === 'DEVICE_BECAME_COMPLIANT';
  return {
    iss: options.issuer,
    aud: options.audience.length === 1 ? options.audience[0] : options.audience,
    iat: seconds,
    jti: id,
    ...(data.decisionId !== undefined && { txn: data.decisionId }),
    sub_id: subjectOf(event, options),
    events: {
      [DEVICE_COMPLIANCE_CHANGE]: {
        event_timestamp: seconds,
        previous_status: becameCompliant ? 'not-compliant' : 'compliant',
        current_status: becameCompliant ? 'compliant' : 'not-compliant',
        initiating_entity: 'policy',
        ...(data.reason !== undefined && { reason_admin: { en: data.reason } }),
      },
    },
  };
}

function subjectOf({ data }: CloudEvent, { subject, deviceId, tenantIdOf }: SecurityEventOptions): object {
  const { device = {}, tenant = '' } = data;
  const id = (deviceId === 'intune' ? device.intuneId : device.entraId) ?? device.id ?? '';
  if (subject === 'opaque') return { format: 'opaque', id };
  const tenantId = tenantIdOf(tenant) ?? tenant;
  const named = {
    format: 'iss_sub',
    iss: `https://login.microsoftonline.com/${encodeURIComponent(tenantId)}/v2.0`,
    sub: id,
  };
  return subject === 'iss_sub'
    ? named
    : { format: 'complex', device: named, tenant: { format: 'opaque', id: tenantId } };
}
