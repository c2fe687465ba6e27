/** A token as asked for, by role or by permissions, and never more than its maker has. */
import type * as z from 'zod';
import { PERMISSIONS, type Permission, ROLES, type Role } from '../../domain/token.ts';
import type { TokenWish } from '../../pipeline/manage/tokens.ts';
import { type Session, teamFor } from '../auth.ts';
import { invalidField, Refusal } from '../errors.ts';
import type { TOKEN_REQUEST } from '../schemas/tokens.ts';

type Body = z.output<typeof TOKEN_REQUEST>;

/** Throws 400 for a wish that is not clear, 403 for one that goes beyond what the session has. */
export function tokenAsked(body: Body, session: Session, now: Date): TokenWish {
  const { reach, permissions: scoped } = scopeAsked(body.scope);
  const role = roleAsked(body);
  const listed = body.permissions ?? scoped;
  if (body.permissions && scoped) throw invalidField('permissions', 'are in scope already; give one of them');
  if (role !== null && listed) throw invalidField('role', 'cannot be given together with permissions');
  if (role === null && !listed)
    throw invalidField('role', 'is required, or role_id, or permissions, or a scope that lists permissions');
  const permissions = [...new Set(role !== null ? ROLES[role] : (listed ?? []))];
  refuseMore(permissions, session);
  const team = reachAsked(body, reach, session);
  return { name: body.name, role, permissions, team, expiresAt: expiryAsked(body, now) };
}

function roleAsked({ role, role_id: roleId }: Body): Role | null {
  if (role && roleId && role !== roleId) throw invalidField('role_id', 'names another role than role');
  return role ?? roleId ?? null;
}

type Reach = 'org' | 'team' | null;

function scopeAsked(scope: string | undefined): { reach: Reach; permissions: readonly Permission[] | null } {
  if (scope === undefined) return { reach: null, permissions: null };
  if (scope === 'org' || scope === 'team') return { reach: scope, permissions: null };
  const names = scope.split(',').map((name) => name.trim());
  const permissions = PERMISSIONS.filter((permission) => names.includes(permission));
  if (names.every((name) => permissions.some((permission) => permission === name)))
    return { reach: null, permissions };
  throw invalidField('scope', `is org, team, or a list of these: ${PERMISSIONS.join(', ')}`);
}

function refuseMore(permissions: readonly Permission[], session: Session): void {
  const lacking = permissions.filter((permission) => !session.can(permission));
  if (lacking.length === 0) return;
  const message = `a token cannot grant what it lacks: ${lacking.join(', ')}`;
  throw new Refusal('forbidden', 'grants_too_much', message);
}

/** The team of the new token; null for the whole organisation. */
function reachAsked({ team }: Body, reach: Reach, session: Session): string | null {
  const own = session.token?.team ?? null;
  if (reach === 'org' && team !== undefined) throw invalidField('team', 'cannot be given with the scope org');
  if (reach === 'org' && own !== null)
    throw new Refusal('forbidden', 'grants_too_much', `scope: this token acts for the team ${own} only`);
  if (team === undefined && own === null) {
    if (reach === 'team') throw invalidField('team', 'is required with the scope team');
    return null;
  }
  return teamFor(team, session);
}

function expiryAsked(body: Body, now: Date): Date | null {
  const { expires_at: at, expires_in_days: days } = body;
  if (at !== undefined && days !== undefined)
    throw invalidField('expires_in_days', 'cannot be given together with expires_at');
  if (days !== undefined) return new Date(now.getTime() + days * 86_400_000);
  if (at === undefined) return null;
  if (Date.parse(at) <= now.getTime()) throw invalidField('expires_at', 'is in the past');
  return new Date(at);
}
