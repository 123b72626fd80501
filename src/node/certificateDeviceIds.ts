import type { Certificate } from '../tls/certificate.ts';
import { commonNames } from '../tls/distinguishedName.ts';
import type { Reason } from '../outcomes/reason.ts';
import { parseGuid, type DeviceId, type DeviceIdKind } from './deviceId.ts';
import { parseGuidBytes } from './guidBytes.ts';
import { readSanUri } from './sanUriDeviceId.ts';

export const DEVICE_ID_RULES = ['sanUri', 'subjectCn', 'intuneMdm', 'entraJoin'] as const;

/**
 * A place in a certificate where a device id may stand.
 *
 * - `sanUri`: a SAN of type URI, `IntuneDeviceId://<guid>` or Cisco's `ID:…:GUID:<guid>`
 * - `subjectCn`: the one CN of the subject
 * - `intuneMdm`: the extensions of the certificate that Intune itself gives every enrolled device; its tenant is compared
 * - `entraJoin`: the extensions of the certificate of an Entra join or registration; its tenant is compared
 *
 * Serial numbers are no rule: whoever has the device can choose them.
 */
export type DeviceIdRule = (typeof DEVICE_ID_RULES)[number];

export interface CertificateDeviceId {
  readonly kind: DeviceIdKind;
  readonly id: DeviceId;
  readonly rule: DeviceIdRule;
}

export interface DeviceIdOptions {
  /** The Entra tenant whose devices count. Without it every certificate that names a tenant is refused. */
  readonly tenantId?: string | undefined;
  /** False only where a certificate is shown to a person and nothing is decided. Default true. */
  readonly compareTenant?: boolean;
  /** What a GUID in the CN is. Default `unknown`. */
  readonly commonNameKind?: DeviceIdKind;
}

export type CertificateDeviceIds =
  | { readonly ok: true; readonly ids: readonly CertificateDeviceId[] }
  | {
      readonly ok: false;
      readonly reason: Extract<Reason, 'deviceIdMalformed' | 'deviceIdConflict' | 'certificateUntrusted'>;
      /** One sentence without ids. */
      readonly detail: string;
    };

type Refusal = Extract<CertificateDeviceIds, { readonly ok: false }>;

/** Extensions of the two kinds of certificates that Microsoft issues for every tenant from the same authorities. */
const MICROSOFT = {
  intuneMdm: {
    deviceId: '1.2.840.113556.5.4',
    tenantId: '1.2.840.113556.5.14',
    issuers: ['Microsoft Intune MDM Device CA', 'SC_Online_Issuing'],
    kind: 'intune',
  },
  entraJoin: {
    deviceId: '1.2.840.113556.1.5.284.2',
    tenantId: '1.2.840.113556.1.5.284.5',
    issuers: ['MS-Organization-Access'],
    kind: 'entra',
  },
} as const;

type MicrosoftRule = keyof typeof MICROSOFT;

/**
 * Reads the device ids of a certificate whose path has been validated. All rules are asked; their order decides only which of several
 * that agree is named. An Intune id and an Entra id are normal. No ids at all is an answer too.
 *
 * A certificate from an authority that serves all tenants must name ours, whichever rule finds the id in it.
 */
export function findDeviceIds(
  certificate: Certificate,
  rules: readonly DeviceIdRule[],
  options: DeviceIdOptions = {},
): CertificateDeviceIds {
  const foreign = findTenantFault(certificate, options);
  if (foreign !== undefined) return foreign;

  const found: CertificateDeviceId[] = [];
  for (const rule of rules) {
    const read = READERS[rule](certificate, rules, options);
    if (!read.ok) return read;
    found.push(...read.ids);
  }
  return reconcile(found);
}

type Reader = (
  certificate: Certificate,
  rules: readonly DeviceIdRule[],
  options: DeviceIdOptions,
) => CertificateDeviceIds;

const NONE: CertificateDeviceIds = { ok: true, ids: [] };

const READERS: Readonly<Record<DeviceIdRule, Reader>> = {
  sanUri(certificate) {
    const ids: CertificateDeviceId[] = [];
    for (const { type, value } of certificate.generalNames) {
      if (type !== 'uri') continue;
      const read = readSanUri(value);
      if (read.is === 'malformed') return malformed(read.detail);
      if (read.is === 'ids')
        ids.push(...read.ids.map((id) => ({ kind: 'intune', id, rule: 'sanUri' }) as const));
    }
    return { ok: true, ids };
  },
  subjectCn(certificate, rules, { commonNameKind = 'unknown' }) {
    const names = commonNames(certificate.subject);
    if (names.length > 1) return malformed('the subject of the certificate has more than one CN');
    // A CN that is no GUID is a host or a person, which a certificate with another id may well have.
    const id = parseGuid(names[0] ?? '');
    if (id === undefined) return NONE;
    const issuedBy = microsoftRuleOf(certificate);
    if (issuedBy === undefined) return only({ kind: commonNameKind, id, rule: 'subjectCn' });
    // What such a certificate names is known, and it counts only where its own rule has been asked for.
    return rules.includes(issuedBy) ? only({ kind: MICROSOFT[issuedBy].kind, id, rule: 'subjectCn' }) : NONE;
  },
  intuneMdm: (certificate) => readExtensionId(certificate, 'intuneMdm'),
  entraJoin: (certificate) => readExtensionId(certificate, 'entraJoin'),
};

function readExtensionId(certificate: Certificate, rule: MicrosoftRule): CertificateDeviceIds {
  const { deviceId, kind } = MICROSOFT[rule];
  const extension = certificate.extensions.get(deviceId);
  if (extension === undefined) return NONE;
  const id = parseGuidBytes(extension.value);
  if (id === undefined) return malformed('the extension with the device id holds no GUID');
  // Microsoft writes the same id into the CN. Where the two differ, somebody else wrote one of them.
  const names = commonNames(certificate.subject);
  if (names.length > 0 && (names.length > 1 || parseGuid(names[0] ?? '') !== id)) {
    return conflict('the CN of the certificate is not the device id of its extension');
  }
  return only({ kind, id, rule });
}

/** The kind of certificate, told by its extensions or, where they are missing, by the name of its issuer. */
function microsoftRuleOf(certificate: Certificate): MicrosoftRule | undefined {
  const issuers = commonNames(certificate.issuer);
  return (['intuneMdm', 'entraJoin'] as const).find(
    (rule) =>
      certificate.extensions.has(MICROSOFT[rule].tenantId) ||
      certificate.extensions.has(MICROSOFT[rule].deviceId) ||
      issuers.some((issuer) => (MICROSOFT[rule].issuers as readonly string[]).includes(issuer)),
  );
}

function findTenantFault(certificate: Certificate, options: DeviceIdOptions): Refusal | undefined {
  if (options.compareTenant === false) return undefined;
  const rule = microsoftRuleOf(certificate);
  if (rule === undefined) return undefined;
  const ours = parseGuid(options.tenantId ?? '');
  if (ours === undefined) {
    return untrusted('the certificate is from an authority of all tenants, and no tenant is configured');
  }
  const { extensions } = certificate;
  // Whatever else the certificate holds: each device id needs a tenant of its own kind beside it, and all tenants must be ours.
  const kinds = Object.values(MICROSOFT).filter(
    ({ deviceId, tenantId }) => extensions.has(deviceId) || extensions.has(tenantId),
  );
  const tenants = kinds.map(({ tenantId }) => extensions.get(tenantId));
  if (tenants.length === 0 || tenants.includes(undefined)) {
    return untrusted('the certificate does not say which tenant it is for');
  }
  return tenants.every((tenant) => tenant !== undefined && parseGuidBytes(tenant.value) === ours)
    ? undefined
    : untrusted('the certificate is for another tenant');
}

/** The tenant that a certificate of Microsoft's names, for people to look at. */
export function findTenantId(certificate: Certificate): string | undefined {
  for (const { tenantId } of Object.values(MICROSOFT)) {
    const extension = certificate.extensions.get(tenantId);
    if (extension !== undefined) return parseGuidBytes(extension.value);
  }
  return undefined;
}

/** Equal ids become one, ids of one kind must be equal, and one device has at most two. */
function reconcile(found: readonly CertificateDeviceId[]): CertificateDeviceIds {
  const byId = new Map<DeviceId, CertificateDeviceId>();
  for (const next of found) {
    const known = byId.get(next.id);
    if (known === undefined) byId.set(next.id, next);
    // A rule that knows the kind tells more than one that does not.
    else if (known.kind === 'unknown') byId.set(next.id, next);
    else if (next.kind !== 'unknown' && next.kind !== known.kind) {
      return conflict('one GUID is named as an Intune id and as an Entra id');
    }
  }
  const ids = [...byId.values()];
  const kinds = new Set(ids.map(({ kind }) => kind));
  if (ids.length > 2 || kinds.size < ids.length) {
    return conflict('the certificate names several devices');
  }
  return { ok: true, ids };
}

function only(id: CertificateDeviceId): CertificateDeviceIds {
  return { ok: true, ids: [id] };
}

function malformed(detail: string): Refusal {
  return { ok: false, reason: 'deviceIdMalformed', detail };
}

function conflict(detail: string): Refusal {
  return { ok: false, reason: 'deviceIdConflict', detail };
}

function untrusted(detail: string): Refusal {
  return { ok: false, reason: 'certificateUntrusted', detail };
}
