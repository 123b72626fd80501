/** Systems that Microsoft has help for. */
export type System = 'windows' | 'ios' | 'macos' | 'android';

/** What a person can do about a setting that fails. */
export interface Remedy {
  /** Key of its texts: `setting.{kind}`, `setting.{kind}.advice`. */
  readonly kind: string;
  /** Microsoft's help, without a language, so that readers get theirs; undefined if there is none for this system. */
  readonly link: string | undefined;
}

type Pages = Readonly<Partial<Record<System, string>>>;

const HELP = 'https://learn.microsoft.com/mem/intune/user-help/';

/** By the last part of the names that Intune gives to settings; the first that fits counts. */
const RULES: readonly (readonly [RegExp, string, Pages])[] = [
  [
    /^(?:bitLockerEnabled|storageRequire\w*Encryption|storageRequireDeviceEncryption|encryption\w*)$/i,
    'encryption',
    { windows: 'encrypt-your-device-windows', android: 'encrypt-your-device-android' },
  ],
  [
    /^(?:mobile)?os(?:Minimum(?:Build)?Version|MinimumBuild)$|^validOperatingSystemBuildRanges$/i,
    'osTooOld',
    {
      windows: 'you-need-to-update-your-windows-device',
      ios: 'you-need-to-update-your-ios-device',
      macos: 'you-need-to-update-your-macos-device',
      android: 'you-need-to-update-your-android-device',
    },
  ],
  [/^(?:mobile)?osMaximum(?:Build)?Version$/i, 'osTooNew', {}],
  [/^minAndroidSecurityPatchLevel$/i, 'securityPatch', { android: 'you-need-to-update-your-android-device' }],
  [
    /^(?:password|passcode|workProfilePassword)\w*$/i,
    'password',
    {
      windows: 'set-or-change-your-password-windows',
      ios: 'set-or-change-your-passcode-ios',
      android: 'set-your-pin-or-password-android',
    },
  ],
  [
    /^(?:activeFirewallRequired|firewall\w*)$/i,
    'firewall',
    { windows: 'you-need-to-enable-defender-firewall-windows' },
  ],
  [
    /^(?:defender\w*|antivirusRequired|antiSpywareRequired|rtpEnabled|signatureOutOfDate)$/i,
    'antivirus',
    { windows: 'turn-on-defender-windows' },
  ],
  [/^secureBootEnabled$/i, 'secureBoot', { windows: 'you-need-to-enable-secure-boot-windows' }],
  [
    /^(?:codeIntegrityEnabled|memoryIntegrityEnabled|systemIntegrityProtectionEnabled)$/i,
    'codeIntegrity',
    { windows: 'you-need-to-enable-code-integrity' },
  ],
  [/^tpmRequired$/i, 'tpm', {}],
  [
    /^securityBlockJailbrokenDevices$/i,
    'jailbroken',
    {
      android: 'your-device-is-rooted-and-you-cant-connect-android',
      ios: 'how-to-reconnect-a-compromised-ios-device',
    },
  ],
  [
    /^securityDisableUsbDebugging$/i,
    'usbDebugging',
    { android: 'you-need-to-turn-off-usb-debugging-android' },
  ],
  [
    /^securityPreventInstallAppsFromUnknownSources$/i,
    'unknownSources',
    { android: 'you-need-to-turn-off-unknown-sources-android' },
  ],
  [
    /^(?:deviceThreatProtection\w*|advancedThreatProtection\w*)$/i,
    'threat',
    { ios: 'set-up-mobile-threat-defense', android: 'set-up-mobile-threat-defense' },
  ],
  [
    /^RequireRemainContact$/i,
    'checkIn',
    {
      windows: 'sync-your-device-manually-windows',
      ios: 'sync-your-device-manually-ios',
      macos: 'sync-your-device-manually-macos',
      android: 'sync-device-android',
    },
  ],
  [/^RequireDeviceCompliancePolicyAssigned$/i, 'noPolicy', {}],
  [/^RequireUserExistence$/i, 'noUser', {}],
];

const CHECK: Pages & { readonly other: string } = {
  windows: 'check-device-access-windows-cpapp',
  android: 'check-compliance-on-your-device-android',
  other: 'check-status-company-portal-website',
};
const SYNC: Pages = {
  windows: 'sync-your-device-manually-windows',
  ios: 'sync-your-device-manually-ios',
  macos: 'sync-your-device-manually-macos',
  android: 'sync-device-android',
};

/**
 * Pure: what a person can do about a setting.
 *
 * @param setting - as Intune names it: `Windows10CompliancePolicy.BitLockerEnabled`
 * @param system - of the device, where its name does not say
 */
export function remedyFor(setting: string, system: System | undefined): Remedy {
  const [policy = '', ...rest] = setting.split('.');
  const name = rest.at(-1) ?? policy;
  const on = systemOf(policy) ?? system;
  const [, kind = 'other', pages = {}] = RULES.find(([pattern]) => pattern.test(name)) ?? [];
  const page = on === undefined ? undefined : pages[on];
  return { kind, link: page === undefined ? undefined : HELP + page };
}

/** Pure: Microsoft's help for any device of a system. */
export function helpFor(system: System | undefined): {
  readonly check: string;
  readonly sync: string | undefined;
} {
  const sync = system === undefined ? undefined : SYNC[system];
  return {
    check: HELP + ((system === undefined ? undefined : CHECK[system]) ?? CHECK.other),
    sync: sync === undefined ? undefined : HELP + sync,
  };
}

/** Pure: the system that a text of Intune names: `Windows`, `iPadOS`, `AndroidEnterprise`, `MacOSCompliancePolicy`. */
export function systemOf(text: string): System | undefined {
  if (/^windows/i.test(text)) return 'windows';
  if (/^(?:ios|ipados)/i.test(text)) return 'ios';
  if (/^mac/i.test(text)) return 'macos';
  return /^(?:android|aosp)/i.test(text) ? 'android' : undefined;
}

/** Pure: a setting nobody has a text for, in words: `BitLockerEnabled` is `Bit Locker Enabled`. */
export function settingInWords(setting: string): string {
  const name = setting.split('.').at(-1) ?? setting;
  return name
    .slice(0, 100)
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .trim();
}
