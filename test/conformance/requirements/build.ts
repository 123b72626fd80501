import { readFileSync } from 'node:fs';
import type { CaseFacts, ConformanceCase, Expectation, Requirement, Source, Step } from '../requirement.ts';
import type { Target, TargetDevice } from '../target.ts';

/** Short forms in which the tables are written. */
export function requirement(id: string, source: Source, words: string, wanted: ConformanceCase): Requirement {
  return { id, source, requirement: words, case: wanted };
}

/** A case of one request. */
export function ask(body: NonNullable<Step['body']>, expect: Expectation): ConformanceCase {
  return { steps: [{ body, expect }] };
}

/** A body that presents `value` in the header the demo's nodes read. */
export function header(value: unknown, node?: string, sharedState?: object): object {
  return {
    ...(node === undefined ? {} : { node }),
    request: { headers: { 'x-intune': value } },
    ...(sharedState === undefined ? {} : { sharedState }),
  };
}

/** A body that presents the case's own device by its Intune id. */
export function own({ device }: CaseFacts): object {
  return header([`CN=${device.id}`]);
}

/** The same, past whatever is remembered. */
export function ownAgain({ device }: CaseFacts): object {
  return { ...header([`CN=${device.id}`]), recheck: true };
}

/** The same, for a named node. */
export function ownAt(node: string, sharedState?: object): (facts: CaseFacts) => object {
  return ({ device }) => header([`CN=${device.id}`], node, sharedState);
}

/** A device of the target's list. @throws Error if there is none such */
export function listed(target: Target, complianceState: string, outcome: string): TargetDevice {
  const found = target.devices.find(
    (device) => device.complianceState === complianceState && device.expectedOutcome === outcome,
  );
  if (found === undefined) throw new Error(`the target lists no device ${complianceState} for ${outcome}`);
  return found;
}

/** The id of a compliant device of the target's list. */
export function compliantId({ target }: CaseFacts): string {
  return listed(target, 'compliant', 'Compliant').id;
}

/** The PEM certificate of a compliant device of the target's list. */
export function compliantCertificate({ target }: CaseFacts): string {
  const { certificateFile } = listed(target, 'compliant', 'Compliant');
  if (certificateFile === undefined) throw new Error('the target lists no certificate of a compliant device');
  return readFileSync(certificateFile, 'utf8');
}

/** As Graph writes dates, so many days from now. */
export function daysFromNow(days: number): string {
  return `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19)}Z`;
}

export const COMPLIANT = { outcome: 'Compliant', reason: 'compliant' } as const;

/** Something was presented and is not good: an Error with this reason, without any device. */
export function refused(reason: string | readonly string[]): Expectation {
  return {
    outcome: 'Error',
    reason,
    fields: () => ({
      managedDeviceId: null,
      evidence: { source: null, ageSeconds: null, lastSyncDateTime: null },
    }),
  };
}
