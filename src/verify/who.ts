/** Who can remove a cause: the roles that come up more than once. */
export const APP_ADMIN =
  'an administrator of the app registration (Cloud Application Administrator or its owner)';
export const CONSENT_ADMIN = 'a Privileged Role Administrator or Global Administrator of the tenant';
export const INTUNE_ADMIN = 'an Intune Administrator of the tenant';
export const OPERATOR = 'whoever runs this gate';
export const MICROSOFT = 'Microsoft; nobody here';
