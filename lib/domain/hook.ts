/** A hook: the webhook endpoint of one repository, shared by its links. */
import { derivedId } from './ids.ts';
import type { HookProvider } from './provider.ts';
import type { Sealed } from './sealed.ts';

export interface Hook {
  readonly id: string;
  readonly team: string;
  readonly provider: HookProvider;
  readonly repoUrl: string;
  readonly secrets: readonly HookSecret[];
  /** The provider's own id of the repository, learned from the first authentic delivery. */
  readonly repositoryId: string | null;
  /** How many links share it; the hook goes with the last one. */
  readonly links: number;
}

export interface HookSecret {
  readonly id: string;
  readonly sealed: Sealed;
  /** Null for the current one; set when it was rotated out. */
  readonly expiresAt: string | null;
}

/** One hook for each repository a team links. */
export function hookId(team: string, repoUrl: string): string {
  return derivedId('hk', team, repoUrl);
}

/** Whether text from a URL can be the id of a hook at all. */
export function isHookId(text: string): boolean {
  return /^hk_[0-9a-z]{20}$/.test(text);
}

export function liveSecrets(hook: Hook, now: Date): readonly HookSecret[] {
  return hook.secrets.filter(
    (secret) => secret.expiresAt === null || Date.parse(secret.expiresAt) > now.getTime(),
  );
}
