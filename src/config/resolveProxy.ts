import type { TenantConfig } from './configSchema.ts';
import type { TenantSetup } from './gateConfig.ts';
import { isBareUrl } from './proxyUrl.ts';
import type { Path, Resolution } from './resolution.ts';

/** The outbound proxy of a tenant: none, a URL, or what the environment says, where lower-case names win. */
export function resolveProxy(
  { proxy }: TenantConfig,
  at: Path,
  { environment, problem, keepSecret }: Resolution,
): Pick<TenantSetup, 'proxy'> {
  if (proxy === 'none') return {};
  if (proxy !== 'environment') return { proxy: { httpProxy: proxy, httpsProxy: proxy } };

  const pick = (name: string): string | undefined => environment[name.toLowerCase()] ?? environment[name];
  const pickUrl = (name: string): string | undefined => {
    const value = pick(name);
    if (value === undefined || value === '') return value;
    const fault = keepPassword(value) ?? faultOf(value);
    if (fault !== undefined) problem(at, `comes from the environment variable ${name}, which ${fault}`);
    return value;
  };
  const keepPassword = (text: string): string | undefined => {
    const { username = '', password = '' } = URL.canParse(text) ? new URL(text) : {};
    try {
      decodeURIComponent(username);
      if (password !== '') keepSecret(decodeURIComponent(password));
      return undefined;
    } catch {
      return 'has a user name or password with a % that stands for nothing; write %25';
    }
  };
  const httpProxy = pickUrl('HTTP_PROXY');
  const httpsProxy = pickUrl('HTTPS_PROXY');
  const noProxy = pick('NO_PROXY');
  return {
    proxy: {
      ...(httpProxy === undefined ? {} : { httpProxy }),
      ...(httpsProxy === undefined ? {} : { httpsProxy }),
      ...(noProxy === undefined ? {} : { noProxy }),
    },
  };
}

function faultOf(text: string): string | undefined {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) return 'is no http or https URL';
  return isBareUrl(new URL(text)) ? undefined : 'has a path or a query; a proxy has none';
}
