const decided = {
  'X-Device-Outcome': 'One of the eight outcomes.',
  'X-Device-Reason': 'The cause behind it (docs/reasons.md).',
  'X-Decision-Id': 'Found again in the log.',
};
const identified = {
  'X-Device-Id': "Intune's id of the device.",
  'X-Auth-User': 'The user, empty if unknown.',
  'X-Auth-Level': 'The level of the session, empty if there is none.',
};

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
                '403': { description: 'It may not.', headers: headers(decided) },
              },
            },
          },
        ];
      }),
    ),
  );
}
