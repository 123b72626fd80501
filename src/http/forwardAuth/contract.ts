/**
 * The contracts of proxies, by the word in the path.
 *
 * - `request`: nginx `auth_request`, which knows 2xx, 401 and 403 only. Where to go stands in a header for its `error_page`.
 * - `forward`: Traefik and Caddy, which hand whatever is not 2xx to the client as it is.
 * - `ext-authz`: Envoy, which does the same, and takes nothing but 200 for a yes.
 */
export const CONTRACTS = ['request', 'forward', 'ext-authz'] as const;

export type Contract = (typeof CONTRACTS)[number];
