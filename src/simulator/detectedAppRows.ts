import { createHash } from 'node:crypto';
import type { DetectedAppRow } from './simulatedDevice.ts';

const KNOWN_APPS = [
  ['Microsoft Edge', '138.0.3351.55', 'Microsoft Corporation'],
  ['7-Zip 24.09 (x64)', '24.09', 'Igor Pavlov'],
  ['Mozilla Firefox (x64 en-US)', '140.0.1', 'Mozilla'],
  ['Zoom Workplace', '6.4.10', 'Zoom Communications, Inc.'],
  ['Notepad++ (64-bit x64)', '8.8.2', 'Notepad++ Team'],
  ['Company Portal', '11.2.1002.0', ''],
] as const;

/** Deterministic inventory of `count` apps: a few that everybody knows, then numbered ones. */
export function createDetectedApps(count: number): DetectedAppRow[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(3, '0');
    const [displayName, version, publisher] = KNOWN_APPS[index] ?? [
      `Line of Business App ${number}`,
      `1.${index}.0`,
      'Contoso',
    ];
    return {
      // The real service gives 64 hexadecimal digits; nobody should read anything into them.
      id: createHash('sha256').update(`${displayName} ${version}`).digest('hex'),
      displayName,
      version,
      sizeInByte: index % 3 === 0 ? 0 : 1_048_576 * (index + 1),
      deviceCount: 1,
      publisher,
      platform: 'windows',
    };
  });
}
