import { CERTIFICATE_REASONS } from '../node/certificateReasons.ts';
import { findDeviceIds, findTenantId, type DeviceIdRule } from '../node/certificateDeviceIds.ts';
import type { HeaderLine } from '../node/requestContext.ts';
import { takeSingleHeader } from '../node/singleHeader.ts';
import { readCertificate, type Certificate } from '../tls/certificate.ts';
import { createPathValidator, type PathRequest, type PathValidator } from '../tls/certificatePath.ts';
import { parsePemBlocks } from '../tls/encodings/pemBlocks.ts';
import type { Decoded, ForwardedFormat } from '../tls/forwardedFormat.ts';
import { isForeignCertificateHeader } from '../tls/forwardedFormats.ts';
import { readOcspResponse, type OcspResponse } from '../tls/ocspResponse.ts';
import { decodeBase64, pemBlocks } from '../tls/pem.ts';
import type { RevocationEvidence } from '../tls/revocationEvidence.ts';
import { failedSignal, type VerifySignal } from '../tls/verifySignal.ts';
import {
  absentReport,
  acceptedReport,
  factsOf,
  rejectedReport,
  type InspectionReport,
} from './inspectionReport.ts';
import type { InspectionSettings } from './inspectionSettings.ts';

/** What is inspected: the headers of a request, or the text of a PEM certificate. */
export type Inspected = { readonly headers: readonly HeaderLine[] } | { readonly pem: string };

/** Largest certificate that is read from a PEM text, in bytes: no header bounds it. */
const LARGEST_PEM_CERTIFICATE = 65_536;

const RULES: readonly DeviceIdRule[] = ['sanUri', 'intuneMdm', 'entraJoin', 'subjectCn'];

/** Judges forwarded certificates, and remembers the last trust it has read. */
export interface Inspector {
  /** What of the trust and the intermediates cannot be used. @throws Error if there is a trust and none of it can be read */
  checkTrust(settings: InspectionSettings): readonly string[];
  inspect(inspected: Inspected, settings: InspectionSettings): InspectionReport;
}

export function createInspector(options: { readonly now: () => number }): Inspector {
  let remembered: { readonly key: string; readonly validator: PathValidator } | undefined;

  function validatorFor({ trust, crl, crlPolicy, ocsp, maxDepth }: InspectionSettings): PathValidator {
    const isOcspGiven = ocsp.length > 0;
    const key = JSON.stringify([trust, crl, crlPolicy, isOcspGiven, maxDepth]);
    if (remembered?.key !== key) {
      if (trust.length > 0 && !trust.flatMap(readPemCertificates).some((found) => found !== undefined)) {
        throw new Error('there is no certificate to trust in it');
      }
      const validator = createPathValidator({
        anchors: trust,
        crls: crl,
        // Without a list it is not about lists.
        ...(crl.length > 0 ? { crlPolicy } : {}),
        ...(isOcspGiven ? { ocspPolicy: 'require' } : {}),
        ...(maxDepth === undefined ? {} : { maxDepth }),
      });
      remembered = { key, validator };
    }
    return remembered.validator;
  }

  function judge(der: Buffer, settings: InspectionSettings): InspectionReport {
    const certificate = readCertificate(der);
    if (certificate === undefined) {
      return rejectedReport('certificateMalformed', 'The bytes are not exactly one certificate.');
    }
    const facts = factsOf(certificate, findTenantId(certificate));
    const request: PathRequest = {
      at: settings.at ?? options.now(),
      purpose: settings.purpose,
      intermediates: settings.intermediates
        .flatMap(readPemCertificates)
        .filter((found) => found !== undefined),
      evidence: evidenceOf(settings.ocsp),
      ...(settings.hostname === undefined ? {} : { hostname: settings.hostname }),
    };
    const path = validatorFor(settings).validate(certificate, request);
    if (!path.valid) {
      const { reason, detail } = path;
      return rejectedReport(CERTIFICATE_REASONS[reason], detail, facts, { valid: false, reason });
    }
    const { tenantId } = settings;
    const found = findDeviceIds(certificate, RULES, { tenantId, compareTenant: tenantId !== undefined });
    return found.ok
      ? acceptedReport(facts, found.ids)
      : rejectedReport(found.reason, found.detail, facts, { valid: true, reason: null });
  }

  return {
    checkTrust: (settings) => [
      ...validatorFor(settings).ignored,
      ...settings.intermediates.flatMap(findUnreadable),
      ...settings.ocsp.flatMap((text, index) =>
        readResponse(text) === undefined ? [`OCSP response ${index + 1} cannot be read`] : [],
      ),
    ],
    inspect(inspected, settings) {
      const taken =
        'pem' in inspected ? decodePem(inspected.pem) : takeForwarded(inspected.headers, settings);
      if ('verdict' in taken) return taken;
      switch (taken.is) {
        case 'absent':
          return absentReport('The header says that there is no certificate.');
        case 'malformed':
          return rejectedReport('certificateMalformed', taken.detail);
        case 'certificate':
          return judge(taken.der, settings);
      }
    },
  };
}

/** Responses say themselves which certificates they are about. */
function evidenceOf(ocsp: readonly string[]): RevocationEvidence {
  const responses = ocsp.flatMap((text) => readResponse(text) ?? []);
  return { listsNamed: () => [], responsesFor: () => responses };
}

function readResponse(text: string): OcspResponse | undefined {
  const der = decodeBase64(text);
  return der === undefined ? undefined : readOcspResponse(der);
}

function decodePem(text: string): Decoded {
  const limits = { certificates: 1, bytes: LARGEST_PEM_CERTIFICATE };
  const decoded = parsePemBlocks(text.trim(), ['\n', '\r\n', ''], limits);
  return decoded.ok
    ? { is: 'certificate', der: decoded.leaf, chain: decoded.chain }
    : { is: 'malformed', detail: decoded.detail };
}

function takeForwarded(
  headers: readonly HeaderLine[],
  { forwarded, verify }: InspectionSettings,
): Decoded | InspectionReport {
  if (forwarded === undefined)
    return rejectedReport('inputMalformed', 'Headers need the profile of a proxy.');
  const { format, header } = forwarded;
  const value = takeHeader(headers, header);
  if (typeof value === 'object') return value;
  const foreign = findForeignHeader(headers, format, header);
  if (foreign !== undefined) {
    return rejectedReport('headerSpoofed', `another header with a certificate is present: ${foreign}`);
  }
  if (value === undefined) return { is: 'absent' };
  const decoded = format.decode(value);
  return decoded.is === 'certificate' ? (checkSignals(headers, verify) ?? decoded) : decoded;
}

function takeHeader(headers: readonly HeaderLine[], name: string): string | undefined | InspectionReport {
  const header = takeSingleHeader(headers, name);
  if (header.is === 'spoofed') return rejectedReport('headerSpoofed', `${header.detail}: ${name}`);
  return header.is === 'absent' ? undefined : String(header.value);
}

/** An empty header claims nothing; a proxy that blanks foreign headers does the right thing. */
function findForeignHeader(
  headers: readonly HeaderLine[],
  format: ForwardedFormat,
  header: string,
): string | undefined {
  return headers.find(
    ([name, value]) => value !== '' && isForeignCertificateHeader(name, format, header),
  )?.[0];
}

function checkSignals(
  headers: readonly HeaderLine[],
  signals: readonly VerifySignal[],
): InspectionReport | undefined {
  const values = new Map<string, string | undefined>();
  for (const { header } of signals) {
    const value = takeHeader(headers, header);
    if (typeof value === 'object') return value;
    values.set(header, value);
  }
  const failed = failedSignal(signals, (header) => values.get(header));
  return failed === undefined
    ? undefined
    : rejectedReport('verifySignalFailed', `the header ${failed.header} does not have the value of success`);
}

/** Certificates of CAs from a file: text around them is allowed. Undefined in place of one that cannot be read. */
function readPemCertificates(pem: string): readonly (Certificate | undefined)[] {
  return pemBlocks(pem, 'CERTIFICATE').map((der) => der && readCertificate(der));
}

function findUnreadable(pem: string, text: number): readonly string[] {
  const found = readPemCertificates(pem);
  if (found.length === 0) return [`text ${text + 1} of the intermediates holds no PEM certificate`];
  return found.flatMap((certificate, index) =>
    certificate === undefined
      ? [`certificate ${index + 1} of text ${text + 1} of the intermediates cannot be read`]
      : [],
  );
}
