/** A token as the API shows it: never its hash. */
import type * as z from 'zod';
import type { Token } from '../../domain/token.ts';
import type { TOKEN } from '../schemas/tokens.ts';

export function tokenView(token: Token): z.input<typeof TOKEN> {
  return {
    id: token.id,
    name: token.name,
    role: token.role,
    permissions: [...token.permissions],
    scope: token.team === null ? 'org' : 'team',
    team: token.team,
    gateway_id: token.gatewayId,
    created_at: token.createdAt,
    created_by: token.createdBy,
    expires_at: token.expiresAt,
  };
}
