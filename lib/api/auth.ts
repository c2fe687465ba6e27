/** Auth: who is asking, and what may they see and do. */
import { sha256Hex } from '../domain/ids.ts';
import { type Permission, parseToken, type Token } from '../domain/token.ts';
import type { Clock, Tokens } from '../ports.ts';
import { sameSecret } from '../providers/same-secret.ts';
import { notFound, Refusal } from './errors.ts';
import type { Needs } from './route.ts';

export interface Session {
  /** Null for a public route that was asked without a token. */
  readonly token: Token | null;
  /** As the audit log names it. */
  readonly actor: string;
  readonly requestId: string;
  can(permission: Permission): boolean;
  /** Whether what belongs to `team` is there, as far as this caller is concerned. */
  sees(team: string): boolean;
}

export function anonymous(requestId: string): Session {
  return { token: null, actor: 'anonymous', requestId, can: () => false, sees: () => false };
}

function sessionOf(token: Token, requestId: string): Session {
  return {
    token,
    actor: `token:${token.id}`,
    requestId,
    can: (permission) => token.gatewayId === null && token.permissions.includes(permission),
    sees: (team) => token.team === null || token.team === team,
  };
}

/** Throws 401 unless `header` carries a token that is known, right and not expired. */
export async function authenticate(
  header: string | null,
  { tokens, clock }: { tokens: Tokens; clock: Clock },
  requestId: string,
): Promise<Session> {
  if (header === null)
    throw unauthenticated('token_missing', 'send a token: Authorization: Bearer kt_live_…');
  const presented = parseToken(/^Bearer +(\S+) *$/i.exec(header)?.[1] ?? '');
  const token = presented && (await tokens.find(presented.id));
  if (!presented || !token || !sameSecret(token.hash, sha256Hex(presented.secret)))
    throw unauthenticated('token_invalid', 'the token is not valid', 'invalid_token');
  if (token.expiresAt !== null && Date.parse(token.expiresAt) <= clock.now().getTime())
    throw unauthenticated('token_expired', 'the token has expired', 'invalid_token');
  return sessionOf(token, requestId);
}

/** RFC 6750 §3: an error is named only when a token was sent. */
function unauthenticated(code: string, message: string, error?: string): Refusal {
  const challenge = `Bearer realm="keeptrusts"${error ? `, error="${error}"` : ''}`;
  return new Refusal('unauthenticated', code, message, { headers: { 'www-authenticate': challenge } });
}

/** Throws 403. A gateway's token is for what is its own, and `whoami`; whose it is the route checks. */
export function authorize(session: Session, needs: Needs): void {
  if (needs === 'public' || needs === 'token') return;
  const ofGateway = session.token?.gatewayId != null;
  if (needs === 'own gateway') {
    if (ofGateway) return;
    throw new Refusal('forbidden', 'gateway_token_needed', 'this takes the token of the gateway itself');
  }
  const permission = needs === 'gateway' ? 'gateways:read' : needs;
  if ((needs === 'gateway' && ofGateway) || session.can(permission)) return;
  throw new Refusal('forbidden', 'permission_missing', `the token lacks the permission ${permission}`);
}

/** Throws 404 for what is not there, and for what belongs to another team: the two must look the same. */
export function visible<T extends { readonly team: string }>(
  thing: T | null | undefined,
  what: string,
  session: Session,
): T {
  if (!thing || !session.sees(thing.team)) throw notFound(what);
  return thing;
}

const DEFAULT_TEAM = 'default';

/** The team that something new will belong to. Throws 403 for a team that is not the token's own. */
export function teamFor(wished: string | undefined, session: Session): string {
  const own = session.token?.team ?? null;
  if (own !== null && wished !== undefined && wished !== own)
    throw new Refusal('forbidden', 'other_team', `team: this token acts for the team ${own} only`, {
      details: [{ field: 'team', message: `this token acts for the team ${own} only` }],
    });
  return wished ?? own ?? DEFAULT_TEAM;
}

/** Which team to list: null for all. `NO_TEAM` when a token asks for another team than its own. */
export function teamListed(wished: string | undefined, session: Session): string | null | typeof NO_TEAM {
  const own = session.token?.team ?? null;
  if (own === null) return wished ?? null;
  return wished === undefined || wished === own ? own : NO_TEAM;
}

/** Not a word: whatever it was, a team could be called that. */
export const NO_TEAM = Symbol('no team');
