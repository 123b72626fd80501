export interface Cloud {
  /** Origin of the token endpoint. */
  readonly authority: string;
  /** Origin of Microsoft Graph. */
  readonly graph: string;
}

/**
 * Microsoft's clouds. A token of one is worth nothing in another, so authority and Graph always come from the same row.
 * China's login host is an alias: MSAL itself talks to login.partner.microsoftonline.cn.
 */
export const CLOUDS = {
  global: { authority: 'https://login.microsoftonline.com', graph: 'https://graph.microsoft.com' },
  usGov: { authority: 'https://login.microsoftonline.us', graph: 'https://graph.microsoft.us' },
  usGovDod: { authority: 'https://login.microsoftonline.us', graph: 'https://dod-graph.microsoft.us' },
  china: { authority: 'https://login.chinacloudapi.cn', graph: 'https://microsoftgraph.chinacloudapi.cn' },
} as const satisfies Record<string, Cloud>;
