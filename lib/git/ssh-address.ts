/** SSH address: where an `ssh://` URL of ours leads, and the command that is run there. */
import { Fault } from '../domain/fault.ts';
import { bareHost } from './address-guard.ts';

export interface SshAddress {
  readonly user: string;
  readonly host: string;
  readonly port: number;
  /** From the root of what the host serves, as on all the large ones. */
  readonly path: string;
}

const DEFAULT_PORT = 22;

export function isSshUrl(url: string): boolean {
  return url.startsWith('ssh://');
}

/** Of a URL as `parseRepositoryUrl` stores it. */
export function sshAddress(repositoryUrl: string): SshAddress {
  const url = new URL(repositoryUrl);
  return {
    user: decodeURIComponent(url.username),
    host: bareHost(url.hostname),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    path: decodeURIComponent(url.pathname),
  };
}

/** As `known_hosts` names it: `git.example.com`, or `[git.example.com]:2222` (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export function knownHostName({ host, port }: Pick<SshAddress, 'host' | 'port'>): string {
  return port === DEFAULT_PORT ? host : `[${host}]:${port}`;
}

/**
 * In single quotes, as git sends it, since a shell at the other end may read it. What would have to be escaped within
 * them is refused: not every host that only looks like a shell undoes it in the same way.
 */
export function uploadPackCommand({ path }: Pick<SshAddress, 'path'>): string {
  if (!/^\/[^/-]/.test(path) || /['"!\\\p{Cc}]/u.test(path)) {
    throw new Fault('validation', 'the path of the repository cannot be sent over SSH');
  }
  return `git-upload-pack '${path}'`;
}
