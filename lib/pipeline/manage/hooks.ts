/** Manage hooks: the secrets that sign a repository's deliveries, made with its first link and rotated later. */
import { randomBytes } from 'node:crypto';
import { newEvent } from '../../domain/event.ts';
import { type Hook, type HookSecret, hookId, liveSecrets } from '../../domain/hook.ts';
import { randomId } from '../../domain/ids.ts';
import type { Link } from '../../domain/link.ts';
import type { Clock, Hooks, Sealer } from '../../ports.ts';
import type { Caller } from '../activate.ts';

interface HookPorts {
  readonly hooks: Hooks;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

export type RotateOutcome =
  | {
      readonly kind: 'rotated';
      readonly hook: Hook;
      readonly secret: string;
      readonly oldUntil: string | null;
    }
  | { readonly kind: 'no hook' }
  | { readonly kind: 'conflict' };

/** The old secret stays valid until `overlapSeconds` from now; 0 ends it at once, as after a leak. */
export async function rotateHookSecret(
  link: Link,
  wish: { secret: string | null; overlapSeconds: number },
  caller: Caller,
  ports: HookPorts,
): Promise<RotateOutcome> {
  const hook = link.hookId ? await ports.hooks.find(link.hookId) : null;
  if (!hook) return { kind: 'no hook' };
  const now = ports.clock.now();
  const oldUntil = new Date(now.getTime() + wish.overlapSeconds * 1000).toISOString();
  const kept = liveSecrets(hook, now).map((secret) => ({
    ...secret,
    expiresAt: secret.expiresAt !== null && secret.expiresAt < oldUntil ? secret.expiresAt : oldUntil,
  }));
  const secret = wish.secret ?? newHookSecret();
  const fresh = await sealSecret(hook.id, secret, ports);
  const secrets = [fresh, ...(wish.overlapSeconds > 0 ? kept.slice(0, MOST_OLD_SECRETS) : [])];
  const about = { actor: caller.actor, requestId: caller.requestId, team: link.team, linkId: link.id };
  const detail = { hook: hook.id, old_valid_until: oldUntil };
  const event = newEvent(now, { ...about, type: 'hook.secret_rotated', detail });
  if (!(await ports.hooks.replaceSecrets(hook, secrets, event))) return { kind: 'conflict' };
  return {
    kind: 'rotated',
    hook: { ...hook, secrets },
    secret,
    oldUntil: wish.overlapSeconds > 0 ? oldUntil : null,
  };
}

/** Each live secret is tried on a delivery: few enough that a forged one costs little. */
const MOST_OLD_SECRETS = 3;

/** The hook of the repository: the one that is there, or a new one with its secret. */
export async function hookFor(
  { team, provider, repoUrl }: Pick<Link, 'team' | 'provider' | 'repoUrl'>,
  ports: HookPorts,
): Promise<{ hook: Hook; secret: string | null; isNew: boolean } | null> {
  if (provider === 'generic') return null;
  const id = hookId(team, repoUrl);
  const hook = await ports.hooks.find(id);
  if (hook) return { hook, secret: null, isNew: false };
  const secret = newHookSecret();
  const secrets = [await sealSecret(id, secret, ports)];
  return {
    hook: { id, team, provider, repoUrl, secrets, repositoryId: null, links: 1 },
    secret,
    isNew: true,
  };
}

const newHookSecret = () => randomBytes(32).toString('hex');

async function sealSecret(hook: string, secret: string, { sealer }: HookPorts): Promise<HookSecret> {
  const id = randomId('sec');
  const sealed = await sealer.seal({ purpose: 'hook-secret', hook, secret: id }, secret);
  return { id, sealed, expiresAt: null };
}
