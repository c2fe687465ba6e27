/** Credential: how a repository's token is shown to its host, and every form it could leak in. */

import { createHash } from 'node:crypto';
import { Fault } from '../domain/fault.ts';
import type { Credential, DeployKey, Repository } from '../domain/git.ts';
import type { Provider } from '../domain/provider.ts';

/**
 * The user name each host expects beside a token when the user gave none. GitHub, GitLab and Bitbucket document
 * theirs; Gitea and most others look at the password only.
 */
const CONVENTIONAL_USER: Readonly<Record<Provider, string>> = {
  github: 'x-access-token',
  gitlab: 'oauth2',
  bitbucket: 'x-token-auth',
  gitea: 'oauth2',
  generic: 'git',
};

/** The `Authorization` header for a repository; null without a credential. HTTP Basic, as git itself sends. */
export function credentialHeader(repository: Repository): string | null {
  const { provider } = repository;
  const credential = tokenOf(repository);
  if (!credential) return null;
  const user = userOf(credential, provider);
  if (user.includes(':'))
    throw new Fault('validation', 'the user name of a git credential must not contain ":"');
  return `Basic ${base64(`${user}:${credential.token}`)}`;
}

/** For the hosts that ask for it (Bitbucket Data Center and others): RFC 6750 §2.1. */
export function bearerHeader(repository: Repository): string | null {
  const credential = tokenOf(repository);
  return credential && `Bearer ${credential.token}`;
}

/** Whether a 401 asks for a bearer token and for nothing that Basic could answer (RFC 9110 §11.6.1). */
export function wantsBearer(challenge: string | undefined): boolean {
  return challenge !== undefined && /\bbearer\b/i.test(challenge) && !/\bbasic\b/i.test(challenge);
}

/** Every form of the secret that a server could echo, longest first, so that no form is left half replaced. */
export function secretForms(repository: Repository): readonly string[] {
  const { provider } = repository;
  const deployKey = deployKeyOf(repository);
  if (deployKey) return keyForms(deployKey.privateKey);
  const credential = tokenOf(repository);
  if (!credential?.token) return [];
  const { token } = credential;
  const pair = base64(`${userOf(credential, provider)}:${token}`);
  const urlEncoded = encodeURIComponent(token);
  const forms = [token, pair, base64(token), urlEncoded, urlEncoded.replace(/%../g, lower)];
  const unpadded = forms.map((form) => form.replace(/=+$/, ''));
  const urlSafe = unpadded.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  return [...new Set([...forms, ...unpadded, ...urlSafe])]
    .filter((form) => form.length > 0)
    .sort((a, b) => b.length - a.length);
}

/** A key is thousands of characters; an error may hold one line of it. Shorter pieces tell nothing. */
const SHORTEST_PIECE = 16;

/** The whole key, its body in one piece, and its body line by line. */
function keyForms(privateKey: string): readonly string[] {
  const lines = privateKey
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line.length >= SHORTEST_PIECE && !line.startsWith('-----'));
  const forms = [privateKey, privateKey.trim(), lines.join(''), ...lines];
  return [...new Set(forms)].filter((form) => form.length > 0).sort((a, b) => b.length - a.length);
}

export function deployKeyOf({ credential }: Repository): DeployKey | null {
  return credential && 'privateKey' in credential ? credential : null;
}

function tokenOf({ credential }: Repository): Credential | null {
  return credential && 'token' in credential ? credential : null;
}

/** Tells repositories opened in different ways apart, without holding the secret. */
export function credentialDigest(repository: Repository): string {
  const key = deployKeyOf(repository);
  const secret = key ? JSON.stringify([key.privateKey, key.hostKeys]) : credentialHeader(repository);
  return createHash('sha256')
    .update(secret ?? '')
    .digest('hex');
}

function userOf(credential: Credential, provider: Provider): string {
  return credential.username ?? CONVENTIONAL_USER[provider];
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function lower(text: string): string {
  return text.toLowerCase();
}
