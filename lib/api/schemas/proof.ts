/** What is answered about proofs. */
import * as z from 'zod';
import { PROOF_FORMAT } from '../../domain/proof.ts';
import { MANIFEST, SIGNATURE } from './announcement.ts';
import { response } from './registry.ts';
import { KEY } from './system.ts';

const maybe = z.string().nullable();

const PROOF_KEY = KEY.extend({ purpose: z.literal('proof') });

const RECEIPT = z
  .strictObject({
    gateway_id: z.string(),
    version_id: z.string(),
    content_hash: z.string(),
    sequence: z.int(),
    state: z.enum(['applied', 'refused']),
    reason: maybe,
    received_at: z.string(),
    verified_at: maybe,
    applied_at: maybe,
    signature: z.string(),
    stored_at: z.string().describe('By the clock of the control plane; not part of what the gateway signed.'),
  })
  .describe('The latest of this configuration that the gateway signed.');

export const PROOF = response(
  'Proof',
  z.strictObject({
    format: z.literal(PROOF_FORMAT),
    manifest: MANIFEST,
    signature: SIGNATURE.describe('Over the manifest, with a key of GET /v1/keys.'),
    version: z.strictObject({
      source: z.string(),
      commit: maybe,
      author: maybe,
      message: maybe,
      created_at: z.string(),
      activated_by: maybe,
      activated_at: maybe,
    }),
    roster: z
      .strictObject({
        since_sequence: z.int().describe('Since then these bytes are announced without a break.'),
        read_from: z.string(),
        read_to: z.string(),
        gateways: z.array(
          z.strictObject({
            id: z.string(),
            name: z.string(),
            public_key: maybe,
            receipt: RECEIPT.nullable(),
            heard: z
              .strictObject({
                content_hash: maybe,
                sequence: z.int().nullable(),
                at: z.string(),
                last_heartbeat: maybe,
              })
              .nullable()
              .describe('What it last said that it runs, and when.'),
            standing: z
              .strictObject({ state: z.string(), since: maybe, reason: maybe })
              .describe('What the control plane makes of it. A verifier makes up its own mind.'),
          }),
        ),
      })
      .describe('Every gateway that is bound, ordered by id.'),
    seal: z
      .strictObject({
        statement: z.strictObject({
          configuration_id: z.string(),
          version_id: z.string(),
          content_hash: z.string(),
          sequence: z.int(),
          gateways: z.int(),
          taken_at: z.string(),
          body_sha256: z
            .string()
            .describe('Of format, manifest, signature, version and roster as canonical JSON (RFC 8785).'),
        }),
        signature: SIGNATURE,
      })
      .describe('Signed over kt-proof-v1, a newline and the statement, with a key of GET /v1/proof-keys.'),
    keys: z
      .strictObject({ manifest: KEY.nullable(), proof: PROOF_KEY.nullable() })
      .describe('The keys of both signatures. Who wants to be sure has them from elsewhere.'),
  }),
);

export const PROOF_KEYS = response('ProofKeys', z.strictObject({ keys: z.array(PROOF_KEY) }));
