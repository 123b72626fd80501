import { createPublicKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { SIMULATED_ENDPOINTS } from './classifyRequest.ts';

/** Bodies of the control routes. Unknown names are refused: a typing mistake must not look like a change. */
const seconds = z.int().positive();

export const tenantPatch = z.strictObject({
  licensed: z.boolean().optional(),
  displayName: z.string().min(1).optional(),
  settings: z
    .strictObject({
      deviceComplianceCheckinThresholdDays: z.int().min(1).max(120).optional(),
      isScheduledActionEnabled: z.boolean().optional(),
      secureByDefault: z.boolean().optional(),
    })
    .optional(),
});

export const tokensPatch = z.strictObject({
  lifetimeSeconds: seconds.optional(),
  refreshInSeconds: seconds.optional(),
  managedIdentityLifetimeSeconds: seconds.optional(),
});

export const servicePatch = z.strictObject({
  latencyMs: z.number().nonnegative().max(3_600_000).optional(),
  actionMs: z.number().nonnegative().max(3_600_000).optional(),
  deleteNeedsRetire: z.boolean().optional(),
  throttling: z
    .strictObject({
      requests: z.int().positive().default(2_000),
      windowSeconds: z.number().positive().max(3_600).default(20),
      retryAfter: z.enum(['whole', 'fraction', 'none']).default('whole'),
    })
    .nullable()
    .optional(),
});

export const appPatch = z.strictObject({
  displayName: z.string().min(1).optional(),
  secrets: z
    .array(z.strictObject({ value: z.string().min(1), expired: z.boolean().default(false) }))
    .optional(),
  certificates: z.array(z.string().refine(isCertificate, 'must be a certificate in PEM')).optional(),
  federatedCredentials: z
    .array(
      z.strictObject({
        issuer: z.string().min(1),
        subject: z.string().min(1),
        audience: z.string().min(1).default('api://AzureADTokenExchange'),
        publicKeyPem: z.string().refine(isPublicKey, 'must be a public key in PEM'),
      }),
    )
    .optional(),
  roles: z.array(z.string().min(1)).optional(),
  scopes: z.array(z.string().min(1)).optional(),
  consented: z.boolean().optional(),
  publicClient: z.boolean().optional(),
  servicePrincipal: z.boolean().optional(),
});

export const userPatch = z.strictObject({
  displayName: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  mfaRequired: z.boolean().optional(),
  intuneRole: z.boolean().optional(),
});

export const entraDevicePatch = z.strictObject({
  displayName: z.string().optional(),
  accountEnabled: z.boolean().optional(),
  isCompliant: z.boolean().nullable().optional(),
  isManaged: z.boolean().nullable().optional(),
  complianceExpirationDateTime: z.string().nullable().optional(),
  mdmAppId: z.string().nullable().optional(),
  managementType: z.string().nullable().optional(),
  operatingSystem: z.string().optional(),
  operatingSystemVersion: z.string().optional(),
  profileType: z.string().optional(),
  trustType: z.string().optional(),
  approximateLastSignInDateTime: z.string().nullable().optional(),
});

const objectId = z.guid().transform((id) => id.toLowerCase());

export const groupBody = z.strictObject({
  displayName: z.string().min(1).max(256),
  members: z.array(objectId).default([]),
});

export const detectedAppsList = z.array(
  z.strictObject({
    id: z.string().min(1),
    displayName: z.string(),
    version: z.string().default(''),
    sizeInByte: z.int().default(0),
    deviceCount: z.int().default(1),
    publisher: z.string().default(''),
    platform: z.string().default('windows'),
  }),
);

export const faultRuleBody = z.strictObject({
  match: z
    .strictObject({
      endpoint: z.enum(SIMULATED_ENDPOINTS).optional(),
      deviceId: z.string().min(1).optional(),
    })
    .default({}),
  times: z.int().positive().optional(),
  skip: z.int().nonnegative().optional(),
  fault: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('status'),
      status: z.int().min(200).max(599),
      // Sent as a header: nothing that could end the line.
      retryAfter: z
        .string()
        .regex(/^[\x20-\x7e]+$/, 'must be printable ASCII')
        .optional(),
      body: z.enum(['json', 'html', 'empty', 'nested']).optional(),
    }),
    z.strictObject({ kind: z.literal('slow'), delayMs: z.number().nonnegative().max(3_600_000) }),
    z.strictObject({ kind: z.literal('cutOff') }),
    z.strictObject({ kind: z.literal('reset') }),
    z.strictObject({ kind: z.literal('wrongJson'), body: z.string().optional() }),
    z.strictObject({ kind: z.literal('replace'), body: z.unknown() }),
    z.strictObject({ kind: z.literal('hang') }),
  ]),
});

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).publicKey.type === 'public';
  } catch {
    return false;
  }
}

function isPublicKey(pem: string): boolean {
  try {
    return createPublicKey(pem).type === 'public';
  } catch {
    return false;
  }
}
