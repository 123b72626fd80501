import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificateAuthority } from '../simulator/certificateAuthority.ts';
import { createPkcs12 } from '../simulator/pkcs12.ts';

/** Browsers and systems want one; it protects nothing that lies beside it. */
export const PKCS12_PASSPHRASE = 'demo';
/** How many devices the guide shows in a browser: the compliant one, and one that is not. */
const SHOWN = 2;

/** A device's certificate and where it was written. */
export interface DeviceCertificate {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly certificatePem: string;
  /** Both in one, as browsers import them; undefined for most. */
  readonly pkcs12File: string | undefined;
}

/**
 * Writes a certificate and a key for each device (`devices/ID.pem`, `devices/ID.key`, for the first ones also `devices/ID.p12`), and the CA made for them (`device-ca.pem`).
 * Only their owner can read the keys.
 *
 * @returns the certificates by the id of the device
 */
export function writeDeviceCertificates(
  folder: string,
  deviceIds: readonly string[],
): ReadonlyMap<string, DeviceCertificate> {
  const write = (name: string, content: string | Buffer, mode = 0o644): string => {
    const file = join(folder, name);
    writeFileSync(file, content, { mode });
    return file;
  };
  mkdirSync(join(folder, 'devices'), { recursive: true });
  const authority = createCertificateAuthority({ commonName: 'Demo Device CA', now: Date.now });
  write('device-ca.pem', authority.certificatePem);
  return new Map(
    deviceIds.map((id, index) => {
      // Both key types devices have; the first, which the guide shows, is the slow one to make.
      const isShown = index < SHOWN;
      const { certificatePem, privateKeyPem } = authority.issue({
        commonName: id,
        keyType: index === 0 ? 'rsa' : 'ec',
        uris: [`IntuneDeviceId://${id}`],
        usage: 'client',
      });
      const certificateFile = write(`devices/${id}.pem`, certificatePem);
      const pkcs12File = isShown
        ? write(
            `devices/${id}.p12`,
            createPkcs12({ certificatePem, privateKeyPem, passphrase: PKCS12_PASSPHRASE, name: id }),
            0o600,
          )
        : undefined;
      const keyFile = write(`devices/${id}.key`, privateKeyPem, 0o600);
      return [id, { certificateFile, keyFile, certificatePem, pkcs12File }];
    }),
  );
}
