/**
 * Where Microsoft Graph and its sign-in service live. Tokens of one cloud are of no use in another, so both addresses
 * always travel together. Source: Microsoft's page "National cloud deployments".
 */

/** The deployments in which `assignLicense` is available. `global` also serves GCC. */
export const CLOUD_NAMES = ['global', 'us-gov-l4', 'us-gov-l5-dod', 'china'] as const;

export type CloudName = (typeof CLOUD_NAMES)[number];

export interface Cloud {
  /** Origin of Microsoft Graph, without version and without a trailing slash. */
  readonly graphRoot: string;
  /** Origin of the sign-in service. */
  readonly authorityHost: string;
  /** The one scope of an application token: whatever was consented to. */
  readonly scope: string;
  /**
   * Whether sign-in may ask Microsoft whether the authority is a known one. An authority of one's own is not, and may
   * have no way to the internet at all.
   */
  readonly instanceDiscovery: boolean;
}

const CLOUDS: Readonly<Record<CloudName, Cloud>> = {
  global: national('https://graph.microsoft.com', 'https://login.microsoftonline.com'),
  'us-gov-l4': national('https://graph.microsoft.us', 'https://login.microsoftonline.us'),
  'us-gov-l5-dod': national('https://dod-graph.microsoft.us', 'https://login.microsoftonline.us'),
  china: national('https://microsoftgraph.chinacloudapi.cn', 'https://login.chinacloudapi.cn'),
};

export function nationalCloud(name: CloudName): Cloud {
  return CLOUDS[name];
}

/**
 * A Graph and an authority at addresses of one's own, such as a simulated tenant.
 *
 * @throws `TypeError` for an address that is not `https:`: the Graph client sends its token nowhere else, and the
 * sign-in library refuses such an authority.
 */
export function customCloud(addresses: { readonly graphRoot: string; readonly authorityHost: string }): Cloud {
  const graphRoot = httpsOrigin('Graph address', addresses.graphRoot);
  const authorityHost = httpsOrigin('authority address', addresses.authorityHost);
  return { graphRoot, authorityHost, scope: `${graphRoot}/.default`, instanceDiscovery: false };
}

function national(graphRoot: string, authorityHost: string): Cloud {
  return { graphRoot, authorityHost, scope: `${graphRoot}/.default`, instanceDiscovery: true };
}

function httpsOrigin(what: string, address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol !== 'https:' || url.pathname !== '/' || url.search !== '') {
    throw new TypeError(
      `The ${what} '${address}' is not an https origin; write it as https://host or https://host:port.`,
    );
  }
  return url.origin;
}
