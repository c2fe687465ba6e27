/** A provider: which git host a repository lives on, hence how its deliveries are signed. */

/** `generic` hosts are polled only: nothing says how they would sign a delivery. */
export const PROVIDERS = ['github', 'gitlab', 'bitbucket', 'gitea', 'generic'] as const;
export type Provider = (typeof PROVIDERS)[number];
export type HookProvider = Exclude<Provider, 'generic'>;

const WELL_KNOWN: Readonly<Record<string, Provider>> = {
  'github.com': 'github',
  'gitlab.com': 'gitlab',
  'bitbucket.org': 'bitbucket',
  'codeberg.org': 'gitea',
  'gitea.com': 'gitea',
  // Where the large ones take SSH on port 443.
  'ssh.github.com': 'github',
  'altssh.gitlab.com': 'gitlab',
  'altssh.bitbucket.org': 'bitbucket',
};

/** The provider of a well-known host name; null for every other host, where the caller must say it. */
export function providerOfHost(host: string): Provider | null {
  return WELL_KNOWN[host.toLowerCase()] ?? null;
}
