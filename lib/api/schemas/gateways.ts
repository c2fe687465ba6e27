/** What is sent and answered about gateways. */
import { createPublicKey } from 'node:crypto';
import * as z from 'zod';
import { cursor } from '../paging.ts';
import { MANIFEST, SIGNATURE } from './announcement.ts';
import { configurationId, labels, name, notEmpty, team } from './fields.ts';
import { request, response } from './registry.ts';
import { DRIFT, REPORTED } from './reports.ts';

const PEM = /^\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/;

/** Checked before it is read: the reader would also take a private key, and derive the public one. */
const publicKey = z
  .string()
  .max(1000)
  .transform((pem, context) => {
    const key = PEM.test(pem) ? ed25519(pem) : null;
    if (key !== null) return key;
    context.addIssue({ code: 'custom', message: 'is not an Ed25519 public key in PEM form (SPKI)' });
    return z.NEVER;
  })
  .describe('Ed25519, SPKI, PEM: what the gateway signs its receipts with.');

function ed25519(pem: string): string | null {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'ed25519' ? String(key.export({ type: 'spki', format: 'pem' })) : null;
  } catch {
    return null;
  }
}

export const GATEWAY_REQUEST = request(
  'GatewayRequest',
  z.strictObject({
    name,
    configuration_id: configurationId.nullish(),
    public_key: publicKey.nullish(),
    labels: labels.default({}),
    team: team.optional(),
  }),
);

export const GATEWAY_PATCH = request(
  'GatewayPatch',
  z
    .strictObject({
      name: name.optional(),
      configuration_id: configurationId.nullable().optional().describe('null unbinds it.'),
      public_key: publicKey.nullable().optional(),
      labels: labels.optional(),
    })
    .refine(...notEmpty),
);

export const REGISTERED_GATEWAY = response(
  'RegisteredGateway',
  z.strictObject({
    id: z.string(),
    name: z.string(),
    configuration_id: z.string().nullable(),
    token: z.string().describe('Shown once.'),
    queue_url: z.string(),
  }),
);

export const GATEWAY = response(
  'Gateway',
  z.strictObject({
    id: z.string(),
    name: z.string(),
    team: z.string(),
    configuration_id: z.string().nullable(),
    public_key: z.string().nullable(),
    labels: z.record(z.string(), z.string()),
    queue_url: z.string(),
    created_at: z.string(),
    reported: REPORTED.nullable(),
    drift: DRIFT.nullable(),
  }),
);

export const GATEWAY_LIST = response(
  'GatewayList',
  z.strictObject({ data: z.array(GATEWAY), next: z.string().optional() }),
);

export const GATEWAY_QUERY = z.strictObject({ team: team.optional(), cursor });

export const ANNOUNCED = response(
  'AnnouncedConfiguration',
  z.strictObject({
    manifest: MANIFEST,
    signature: SIGNATURE,
    content: z.string().describe('The policy document: its UTF-8 bytes hash to content_hash.'),
  }),
);
