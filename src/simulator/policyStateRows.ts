import type { PolicyStateRow, SettingStateRow } from './simulatedDevice.ts';

const SECURITY_SETTINGS = [
  'Windows10CompliancePolicy.BitLockerEnabled',
  'Windows10CompliancePolicy.OsMinimumVersion',
  'Windows10CompliancePolicy.FirewallRequired',
];
const BUILT_IN_SETTINGS = [
  'DefaultDeviceCompliancePolicy.RequireRemainContact',
  'DefaultDeviceCompliancePolicy.RequireDeviceCompliancePolicyAssigned',
  'DefaultDeviceCompliancePolicy.RequireUserExistence',
];
const SECURITY_POLICY = { id: '5ec00001-0000-4000-8000-000000000001', displayName: 'Windows baseline' };
const BUILT_IN_POLICY = {
  id: '5ec00002-0000-4000-8000-000000000002',
  displayName: 'Built-in Device Compliance Policy',
};
const NOBODY = '00000000-0000-0000-0000-000000000000';

/**
 * The policy rows of one device: one security policy, shown twice as the real service does (for the user and for "System account"),
 * and the built-in policy.
 */
export function createPolicyStates(options: {
  userId: string;
  userPrincipalName: string;
  /** Names of the settings that are not compliant. */
  failing: readonly string[];
}): PolicyStateRow[] {
  const { failing } = options;
  const user = { userId: options.userId || NOBODY, userPrincipalName: options.userPrincipalName };
  const system = { userId: NOBODY, userPrincipalName: 'System account' };
  // Whatever fails beside the usual settings is another one of the same policy.
  const others = failing.filter((setting) => !BUILT_IN_SETTINGS.includes(setting));
  const settings = [...new Set([...SECURITY_SETTINGS, ...others])];
  return [
    policyState(SECURITY_POLICY, user, settings, failing),
    policyState(SECURITY_POLICY, system, settings, failing),
    policyState(BUILT_IN_POLICY, user, BUILT_IN_SETTINGS, failing),
  ];
}

function policyState(
  policy: { id: string; displayName: string },
  user: { userId: string; userPrincipalName: string },
  settings: readonly string[],
  failing: readonly string[],
): PolicyStateRow {
  const settingStates = settings.map((setting): SettingStateRow => {
    const failed = failing.includes(setting);
    return {
      setting,
      settingName: null,
      instanceDisplayName: null,
      // Policy and setting rows write nonCompliant; managedDevice.complianceState writes noncompliant.
      state: failed ? 'nonCompliant' : 'compliant',
      errorCode: failed ? 2_016_345_708 : 0,
      errorDescription: failed ? 'Not compliant' : 'No error',
      currentValue: null,
      sources: [{ ...policy, sourceType: 'deviceCompliancePolicy' }],
      userId: user.userId,
      userName: user.userPrincipalName,
      userEmail: user.userPrincipalName.includes('@') ? user.userPrincipalName : '',
      userPrincipalName: user.userPrincipalName,
    };
  });
  return {
    ...policy,
    platformType: 'windows10AndLater',
    settingCount: settings.length,
    state: settingStates.some(({ state }) => state === 'nonCompliant') ? 'nonCompliant' : 'compliant',
    version: 1,
    ...user,
    settingStates,
  };
}
