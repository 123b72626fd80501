import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificateAuthority } from '../simulator/certificateAuthority.ts';

/** A device's certificate and where it was written. */
export interface DeviceCertificate {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly certificatePem: string;
}

/**
 * Writes a certificate and a key for each device (`devices/ID.pem`, `devices/ID.key`), and the CA made for them (`device-ca.pem`).
 * Only their owner can read the keys.
 *
 * @returns the certificates by the id of the device
 */
export function writeDeviceCertificates(
  folder: string,
  deviceIds: readonly string[],
): ReadonlyMap<string, DeviceCertificate> {
  const write = (name: string, content: string, mode = 0o644): string => {
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
      const { certificatePem, privateKeyPem } = authority.issue({
        commonName: id,
        keyType: index === 0 ? 'rsa' : 'ec',
        uris: [`IntuneDeviceId://${id}`],
        usage: 'client',
      });
      const certificateFile = write(`devices/${id}.pem`, certificatePem);
      return [
        id,
        { certificateFile, keyFile: write(`devices/${id}.key`, privateKeyPem, 0o600), certificatePem },
      ];
    }),
  );
}
