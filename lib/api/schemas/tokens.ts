/** What is sent and answered about tokens. */
import * as z from 'zod';
import { PERMISSIONS, ROLES, type Role } from '../../domain/token.ts';
import { cursor } from '../paging.ts';
import { name, team, time } from './fields.ts';
import { request, response } from './registry.ts';

const PERMISSION = z.enum(PERMISSIONS, { error: `is one of ${PERMISSIONS.join(', ')}` });
const ROLE_NAMES = Object.keys(ROLES) as [Role, ...Role[]];
const ROLE = z.enum(ROLE_NAMES, { error: `is one of ${ROLE_NAMES.join(', ')}` });

const MOST_DAYS = 3650;

export const TOKEN_REQUEST = request(
  'TokenRequest',
  z.strictObject({
    name,
    role: ROLE.optional(),
    role_id: z
      .string()
      .max(100)
      .transform((id) => id.replace(/^role_/, ''))
      .pipe(ROLE)
      .optional()
      .describe('The same as role; may begin with role_.'),
    scope: z
      .string()
      .max(1000)
      .optional()
      .describe('org, team, or permissions separated by commas: configurations:write,gateways:read.'),
    permissions: z.array(PERMISSION).min(1).max(PERMISSIONS.length).optional(),
    team: team.optional(),
    expires_at: time.optional(),
    expires_in_days: z.int().min(1).max(MOST_DAYS).optional(),
  }),
);

const token = {
  id: z.string(),
  name: z.string(),
  role: ROLE.nullable(),
  permissions: z.array(PERMISSION),
  scope: z.enum(['org', 'team']),
  team: z.string().nullable(),
  gateway_id: z.string().nullable(),
  created_at: z.string(),
  created_by: z.string(),
  expires_at: z.string().nullable(),
};

export const TOKEN = response('Token', z.strictObject(token));
export const CREATED_TOKEN = response(
  'CreatedToken',
  z.strictObject({ ...token, token: z.string().describe('Shown once.') }),
);
export const TOKEN_LIST = response(
  'TokenList',
  z.strictObject({ data: z.array(TOKEN), next: z.string().optional() }),
);
export const TOKEN_QUERY = z.strictObject({ cursor });
