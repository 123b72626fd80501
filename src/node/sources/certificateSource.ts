import type { ForwardedFormat } from '../../tls/forwardedFormat.ts';
import { isForeignCertificateHeader } from '../../tls/forwardedFormats.ts';
import { failedSignal, type VerifySignal } from '../../tls/verifySignal.ts';
import { createCertificateReader, type CertificateReading } from '../certificateReader.ts';
import { NOTHING_FOUND, refused, type DeviceIdSource, type SourceFinding } from '../deviceIdSource.ts';
import type { HeaderLine } from '../requestContext.ts';
import { takeSingleHeader } from '../singleHeader.ts';
import { createTrustedHop, type TrustedHopOptions } from '../trustedHop.ts';

export interface CertificateSourceOptions extends TrustedHopOptions, CertificateReading {
  /** How the proxy forwards certificates. */
  readonly format: ForwardedFormat;
  /** Header that holds the certificate, e.g. `x-ssl-client-cert`. */
  readonly header: string;
  /** What the proxy must say about its own check. It can only take away; an empty list asks for nothing. */
  readonly verify: readonly VerifySignal[];
}

/** The device id in a client certificate that a proxy forwarded: decoded exactly, validated again, and only then read. */
export function createCertificateSource(options: CertificateSourceOptions): DeviceIdSource {
  const { format, header, verify, ...reading } = options;
  const isTrusted = createTrustedHop(options);
  const reader = createCertificateReader({
    decode: (value: string) => format.decode(value),
    where: `in the header ${header}`,
    ...reading,
  });

  return {
    kind: 'certificate',
    label: `certificate in header ${header}`,
    find(context, now, deadline) {
      const taken = takeSingleHeader(context.headers, header);
      if (taken.is === 'spoofed') return refused('headerSpoofed', taken.detail);
      // One profile is one header: a second certificate beside it is nobody's configuration. One that the proxy blanked is none.
      const isForeign = ([name, beside]: HeaderLine): boolean =>
        !isBlank(onlyValue(beside)) && isForeignCertificateHeader(name, format, header);
      if (context.headers.some(isForeign)) {
        return refused('headerSpoofed', 'another certificate header is present');
      }
      const value = taken.is === 'absent' ? undefined : onlyValue(taken.value);
      if (isBlank(value)) return NOTHING_FOUND;
      if (typeof value !== 'string') return refused('certificateMalformed', 'it is not text');

      // Who is not believed costs one decoding and leaves nothing behind.
      if (!isTrusted(context)) {
        return format.decode(value).is === 'absent'
          ? NOTHING_FOUND
          : refused('hopNotTrusted', `this caller may not supply the header ${header}`);
      }
      const failed = failedSignal(verify, (name) => textOf(context.headers, name));
      if (failed === undefined) {
        return deadline === undefined ? reader.find(value, now) : reader.ask(value, now, deadline);
      }
      const finding = reader.find(value, now);
      if (keepsItsReason(finding)) return finding;
      return refused(
        'certificateUntrusted',
        `the proxy does not say that its own check went well (${failed.header})`,
      );
    },
  };
}

/**
 * What is refused anyway keeps its own reason, which says more than the proxy's word does. That nothing is known about revocation says
 * less: nobody is asked about a certificate of which its own proxy thinks ill.
 */
function keepsItsReason(finding: SourceFinding): boolean {
  return finding.found !== 'ids' && !(finding.found === 'refused' && finding.reason === 'revocationUnknown');
}

function isBlank(value: unknown): value is undefined | null | '' {
  return value === undefined || value === null || value === '';
}

/** Callers hand over lists, too; one with a single value is that value, and an empty one is nothing. */
function onlyValue(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const values: readonly unknown[] = value;
  return values.length > 1 ? value : values[0];
}

/** A header that is spoofed, or no text, is as good as missing: no success value is empty unless absence is meant. */
function textOf(headers: readonly HeaderLine[], name: string): string | undefined {
  const taken = takeSingleHeader(headers, name);
  if (taken.is === 'absent') return undefined;
  const value = taken.is === 'present' ? onlyValue(taken.value) : undefined;
  return typeof value === 'string' ? value : 'unreadable';
}
