/** Manage tokens: create one that may do no more than its maker, and revoke it. */
import { newEvent } from '../../domain/event.ts';
import { newSecret, type Permission, type Role, type Token } from '../../domain/token.ts';
import type { Clock, Tokens } from '../../ports.ts';
import type { Caller } from '../activate.ts';

export interface TokenPorts {
  readonly tokens: Tokens;
  readonly clock: Clock;
}

export interface TokenWish {
  readonly name: string;
  readonly role: Role | null;
  readonly permissions: readonly Permission[];
  readonly team: string | null;
  readonly expiresAt: Date | null;
}

/** `text` is the token itself: given once, stored nowhere. */
export async function createToken(
  wish: TokenWish,
  { actor, requestId }: Caller,
  { tokens, clock }: TokenPorts,
): Promise<{ token: Token; text: string }> {
  const now = clock.now();
  const secret = newSecret();
  const token: Token = {
    ...wish,
    id: secret.id,
    hash: secret.hash,
    gatewayId: null,
    createdAt: now.toISOString(),
    createdBy: actor,
    expiresAt: wish.expiresAt?.toISOString() ?? null,
  };
  const detail = { token: secret.id, name: wish.name, role: wish.role, permissions: wish.permissions };
  const team = wish.team ?? 'org';
  await tokens.create(token, newEvent(now, { type: 'token.created', actor, requestId, team, detail }));
  return { token, text: secret.text };
}

export async function revokeToken(
  token: Token,
  { actor, requestId }: Caller,
  ports: TokenPorts,
): Promise<boolean> {
  const detail = { token: token.id, name: token.name };
  const about = { actor, requestId, team: token.team ?? 'org', detail };
  return ports.tokens.remove(token, newEvent(ports.clock.now(), { type: 'token.revoked', ...about }));
}
