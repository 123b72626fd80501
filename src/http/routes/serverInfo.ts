import type { AmHandler } from '../am/amScope.ts';
import { checkApiVersion, type SupportedVersions } from '../am/apiVersion.ts';

const VERSIONS: SupportedVersions = { resource: [1, 2], answered: '1.1' };

/** `GET /json/{realmPath}/serverinfo/*`: what clients ask before a login, above all the name of the cookie. */
export const serverInfo: AmHandler = async (request, reply, { cookie, realm }) => {
  const version = request.headers['accept-api-version'];
  checkApiVersion(typeof version === 'string' ? version : undefined, VERSIONS);
  reply.header('content-api-version', `resource=${VERSIONS.answered}`);
  return Promise.resolve({
    _id: '*',
    _rev: '0',
    domains: cookie.domain === undefined ? [] : [cookie.domain],
    protectedUserAttributes: [],
    cookieName: cookie.name,
    secureCookie: cookie.secure,
    forgotPassword: 'false',
    forgotUsername: 'false',
    kbaEnabled: 'false',
    selfRegistration: 'false',
    lang: 'en-US',
    successfulUserRegistrationDestination: 'default',
    socialImplementations: [],
    referralsEnabled: 'false',
    zeroPageLogin: { enabled: false, refererWhitelist: [], allowedWithoutReferer: true },
    realm,
    xuiUserSessionValidationEnabled: true,
    fileBasedConfiguration: true,
    userIdAttributes: [],
    nodeDesignerXuiEnabled: false,
  });
};

/** `GET /json/serverinfo/version`: what this is; no number of AM's is pretended. */
export const serverVersion: AmHandler = async (request, reply) => {
  const version = request.headers['accept-api-version'];
  checkApiVersion(typeof version === 'string' ? version : undefined, VERSIONS);
  reply.header('content-api-version', 'resource=1.0');
  return Promise.resolve({
    _id: 'version',
    _rev: '0',
    version: 'intune-gate',
    fullVersion: 'intune-gate',
    revision: '',
    date: '',
  });
};
