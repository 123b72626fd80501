import { describe, expect, test } from 'vitest';
import { readShippedTexts } from '../../src/pages/shippedPages.ts';
import { helpFor, remedyFor, settingInWords, systemOf } from '../../src/pages/remedies.ts';

const HELP = 'https://learn.microsoft.com/mem/intune/user-help/';

describe('a setting', () => {
  test.each([
    ['Windows10CompliancePolicy.BitLockerEnabled', 'encryption', 'encrypt-your-device-windows'],
    [
      'AndroidWorkProfileCompliancePolicy.StorageRequireEncryption',
      'encryption',
      'encrypt-your-device-android',
    ],
    ['Windows10CompliancePolicy.OsMinimumVersion', 'osTooOld', 'you-need-to-update-your-windows-device'],
    ['IosCompliancePolicy.OsMinimumVersion', 'osTooOld', 'you-need-to-update-your-ios-device'],
    ['MacOSCompliancePolicy.OsMinimumVersion', 'osTooOld', 'you-need-to-update-your-macos-device'],
    ['Windows10CompliancePolicy.OsMaximumVersion', 'osTooNew', undefined],
    [
      'Windows10CompliancePolicy.ActiveFirewallRequired',
      'firewall',
      'you-need-to-enable-defender-firewall-windows',
    ],
    [
      'Windows10CompliancePolicy.FirewallRequired',
      'firewall',
      'you-need-to-enable-defender-firewall-windows',
    ],
    ['Windows10CompliancePolicy.RtpEnabled', 'antivirus', 'turn-on-defender-windows'],
    ['Windows10CompliancePolicy.SecureBootEnabled', 'secureBoot', 'you-need-to-enable-secure-boot-windows'],
    ['Windows10CompliancePolicy.CodeIntegrityEnabled', 'codeIntegrity', 'you-need-to-enable-code-integrity'],
    ['Windows10CompliancePolicy.PasswordRequired', 'password', 'set-or-change-your-password-windows'],
    ['IosCompliancePolicy.PasscodeMinimumLength', 'password', 'set-or-change-your-passcode-ios'],
    [
      'AndroidCompliancePolicy.SecurityDisableUsbDebugging',
      'usbDebugging',
      'you-need-to-turn-off-usb-debugging-android',
    ],
    [
      'IosCompliancePolicy.SecurityBlockJailbrokenDevices',
      'jailbroken',
      'how-to-reconnect-a-compromised-ios-device',
    ],
    ['DefaultDeviceCompliancePolicy.RequireRemainContact', 'checkIn', 'sync-your-device-manually-windows'],
    ['DefaultDeviceCompliancePolicy.RequireUserExistence', 'noUser', undefined],
    ['SomethingNew.OfTomorrow', 'other', undefined],
    ['', 'other', undefined],
  ])('%s is %s', (setting, kind, page) => {
    expect(remedyFor(setting, 'windows')).toEqual({
      kind,
      link: page === undefined ? undefined : `${HELP}${page}`,
    });
    for (const [, texts] of readShippedTexts()) expect(texts).toHaveProperty([`setting.${kind}.advice`]);
  });

  test('is told in words where nobody has a text for it', () => {
    expect(settingInWords('Windows10CompliancePolicy.HealthyDeviceReport')).toBe('Healthy Device Report');
    expect(settingInWords('custom_setting-name')).toBe('custom setting name');
    expect(settingInWords('x'.repeat(1_000))).toHaveLength(100);
  });
});

test.each([
  ['Windows', 'windows'],
  ['iPadOS', 'ios'],
  ['iOS', 'ios'],
  ['macOS', 'macos'],
  ['AndroidEnterprise', 'android'],
  ['Linux', undefined],
  ['', undefined],
])('the system of %s is %s', (text, system) => {
  expect(systemOf(text)).toBe(system);
  const { check, sync } = helpFor(systemOf(text));
  expect(check.startsWith(HELP)).toBe(true);
  expect(sync === undefined).toBe(system === undefined);
});
