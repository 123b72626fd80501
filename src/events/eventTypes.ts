/** What an event type stands for. */
export interface EventTypeFacts {
  /** The same as a number, for systems that know events by numbers. */
  readonly code: `0x28${string}`;
  /** What happened, for people. */
  readonly meaning: string;
}

/**
 * Every type of event the gate records: a closed list. A type is never renamed and a code never given to another type, since both stand
 * in files that are kept for years.
 */
export const EVENT_TYPES = {
  DEVICE_COMPLIANCE_CHECKED: { code: '0x2801', meaning: 'A node decided about a request: each evaluation.' },
  DEVICE_BECAME_COMPLIANT: { code: '0x2802', meaning: 'A device that was not Compliant is so now.' },
  DEVICE_BECAME_NONCOMPLIANT: { code: '0x2803', meaning: 'A device that was Compliant is so no longer.' },
  DEVICE_STANDING_CHANGED: {
    code: '0x2804',
    meaning: 'What a node says of a device changed, from one answer other than Compliant to another one.',
  },
  SPOOFING_SEEN: {
    code: '0x2805',
    meaning: 'A request carried what only a trusted hop may say, or contradicted itself.',
  },
  SESSION_ENDED_BY_DEVICE: {
    code: '0x2811',
    meaning: 'A session ended since its device is worse off than at login.',
  },
  POLICY_EXCEPTION_USED: { code: '0x2821', meaning: 'A request passed because of an exception.' },
  POLICY_EXCEPTION_CHANGED: { code: '0x2822', meaning: 'An exception was granted, taken back or ran out.' },
  BREAK_GLASS_USED: { code: '0x2823', meaning: 'A request passed by breaking the glass.' },
  MONITORED_REQUEST_PASSED: {
    code: '0x2824',
    meaning: 'A request passed that an enforcing policy would have stopped.',
  },
  CONNECTOR_INVOKED: {
    code: '0x2831',
    meaning: 'An operation on devices or groups was called; refused and failed calls count.',
  },
  APPROVAL_REQUESTED: { code: '0x2832', meaning: 'An operation waits for the approval of somebody else.' },
  APPROVAL_DECIDED: {
    code: '0x2833',
    meaning: 'An operation was approved or declined, or nobody decided in time.',
  },
  RECHECK_REQUESTED: { code: '0x2834', meaning: 'Somebody asked for a device to be looked at again.' },
  RECORDS_ERASED: { code: '0x2841', meaning: 'The history of a device or a user was erased.' },
  CONFIGURATION_CHANGED: {
    code: '0x2842',
    meaning: 'The configuration was read again, and taken or refused.',
  },
  AUDIT_LOG_OPENED: {
    code: '0x28f1',
    meaning: 'A file of the audit log begins, or goes on after a restart.',
  },
  AUDIT_LOG_SEALED: { code: '0x28f2', meaning: 'A file of the audit log ends, and says with what.' },
  AUDIT_LOG_REPAIRED: {
    code: '0x28f3',
    meaning: 'The end of the audit log was torn or missing when the gate started, as after a crash.',
  },
  AUDIT_FILE_REMOVED: { code: '0x28f4', meaning: 'An old file of the audit log was removed, as configured.' },
  EVENTS_LOST: { code: '0x28f5', meaning: 'Events could not be kept: there was no room for them.' },
} as const satisfies Record<string, EventTypeFacts>;

export type EventType = keyof typeof EVENT_TYPES;

/** Every type, in the order of the catalogue. */
export const EVENT_TYPE_NAMES = Object.keys(EVENT_TYPES) as EventType[];
