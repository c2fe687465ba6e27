/** A token: who may call the API, and what for. */
import { randomBytes } from 'node:crypto';
import { base32, sha256Hex } from './ids.ts';

export const PERMISSIONS = [
  'configurations:read',
  'configurations:write',
  'configurations:activate',
  'gateways:read',
  'gateways:write',
  'events:read',
  'tokens:read',
  'tokens:write',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

export const ROLES = {
  configurations_reader: ['configurations:read', 'gateways:read', 'events:read'],
  configurations_writer: ['configurations:read', 'configurations:write', 'gateways:read', 'events:read'],
  configurations_activator: [
    'configurations:read',
    'configurations:activate',
    'gateways:read',
    'events:read',
  ],
  admin: PERMISSIONS,
} as const satisfies Record<string, readonly Permission[]>;
export type Role = keyof typeof ROLES;

export interface Token {
  readonly id: string;
  readonly name: string;
  /** Lower-case hex SHA-256 of the secret part. The secret has 256 random bits, so it needs no slow hash. */
  readonly hash: string;
  readonly role: Role | null;
  readonly permissions: readonly Permission[];
  /** Null for the whole organisation. */
  readonly team: string | null;
  /** Set for a gateway's own token, which may act for that gateway and nothing else. */
  readonly gatewayId: string | null;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string | null;
}

/** Shown once: `kt_live_<id>_<secret>`. */
export function newSecret(): { id: string; secret: string; text: string; hash: string } {
  const id = base32(randomBytes(10));
  const secret = base32(randomBytes(32));
  return { id, secret, text: `kt_live_${id}_${secret}`, hash: sha256Hex(secret) };
}

/** The parts of a token as presented; null when it does not have the shape of one. */
export function parseToken(text: string): { id: string; secret: string } | null {
  const match = /^kt_live_([0-9a-z]{16})_([0-9a-z]{52})$/.exec(text);
  return match?.[1] && match[2] ? { id: match[1], secret: match[2] } : null;
}
