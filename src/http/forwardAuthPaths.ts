const decided = {
  'X-Device-Outcome': 'One of the eight outcomes.',
  'X-Device-Reason': 'The cause behind it (docs/reasons.md).',
  'X-Decision-Id': 'Found again in the log.',
};
const identified = {
  'X-Device-Id': "Intune's id of the device.",
  'X-Auth-User':
    'Who is logged in with this device, empty if nobody is; percent-encoded where it holds more than visible ASCII.',
  'X-Auth-Level': 'The level of the session, empty if there is none.',
  'X-Device-Warning':
    'Why somebody should look although the request passes: reasons, `exception`, `breakGlass`.',
  'X-Device-Monitor':
    'Where the policy only monitors, what enforcing would have done: `stepUp`, `deny`, or empty.',
};
const challenged = { 'WWW-Authenticate': 'Which login would be enough (RFC 9470).' };
const sent = { Location: 'Where a person is to be taken.' };

const header = (description: string): object => ({ description, schema: { type: 'string' } });

const headers = (described: Readonly<Record<string, string>>): object =>
  Object.fromEntries(Object.entries(described).map(([name, description]) => [name, header(description)]));

/** The routes of the proxies in OpenAPI: each contract under the default policy and under a named one. */
export function forwardAuthPaths(): Record<string, object> {
  const contracts = {
    request: 'nginx auth_request',
    forward: 'Traefik and Caddy forward auth',
    'ext-authz/{path}': 'Envoy ext_authz over HTTP, with any method',
  };
  return Object.fromEntries(
    Object.entries(contracts).flatMap(([contract, proxies]) =>
      ['/auth', '/auth/policies/{policy}'].map((prefix) => {
        const url = `${prefix}/${contract}`;
        const parameters = [...url.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
          name,
          in: 'path',
          required: true,
          schema: { type: 'string' },
        }));
        return [
          url,
          {
            get: {
              summary: `May this request pass? For ${proxies}`,
              ...(parameters.length === 0 ? {} : { parameters }),
              responses: {
                '200': { description: 'It may.', headers: headers({ ...decided, ...identified }) },
                ...(contract === 'request'
                  ? {}
                  : {
                      '302': {
                        description:
                          'It may not, and a person asks: to the login page, or to the one that says why.',
                        headers: headers({ ...decided, ...sent }),
                      },
                    }),
                '401': {
                  description: 'It may with a login that is good enough, made with this device.',
                  headers: headers({ ...decided, ...challenged, ...(contract === 'request' ? sent : {}) }),
                },
                '403': {
                  description: 'It may not.',
                  headers: headers({ ...decided, ...(contract === 'request' ? sent : {}) }),
                },
              },
            },
          },
        ];
      }),
    ),
  );
}
