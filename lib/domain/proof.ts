/** A proof: what shows, to somebody who cannot ask us, that every gateway of a configuration runs a version. */
import * as z from 'zod/mini';
import { canonicalJson } from './canonical-json.ts';
import { sha256Hex } from './ids.ts';
import { signedBytes } from './signed-bytes.ts';

export const PROOF_FORMAT = 'kt-proof-v1';

/** A bundle must fit into one answer of the API (6 MB, of which a gateway takes some 1,300 bytes). */
export const MOST_GATEWAYS_PROVEN = 4000;

const text = z.string().check(z.maxLength(20_000));
const maybe = z.nullable(text);
const count = z.int().check(z.minimum(0));

const signature = z.strictObject({ kid: text, alg: z.literal('ES256'), value: text });

const jwkShape = {
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: text,
  y: text,
  kid: text,
  use: z.literal('sig'),
  alg: z.literal('ES256'),
} as const;

const provenGateway = z.strictObject({
  id: text,
  name: text,
  public_key: maybe,
  /** The latest of this configuration, whatever it is for. */
  receipt: z.nullable(
    z.strictObject({
      gateway_id: text,
      version_id: text,
      content_hash: text,
      sequence: count,
      state: z.enum(['applied', 'refused']),
      reason: maybe,
      received_at: text,
      verified_at: maybe,
      applied_at: maybe,
      signature: text,
      stored_at: text,
    }),
  ),
  /** What it last said, unsigned, and when we heard it. */
  heard: z.nullable(
    z.strictObject({
      content_hash: maybe,
      sequence: z.nullable(count),
      at: text,
      last_heartbeat: maybe,
    }),
  ),
  /** What the control plane makes of it; whoever verifies makes up their own mind. */
  standing: z.strictObject({ state: text, since: maybe, reason: maybe }),
});

/** Nothing may be in it that is not known: what a verifier overlooks, it does not vouch for. */
const proof = z.strictObject({
  format: z.literal(PROOF_FORMAT),
  manifest: z.strictObject({
    configuration_id: text,
    version_id: text,
    number: count,
    sequence: count,
    content_hash: text,
    commit: maybe,
    issued_at: text,
  }),
  signature,
  version: z.strictObject({
    source: text,
    commit: maybe,
    author: maybe,
    message: maybe,
    created_at: text,
    activated_by: maybe,
    activated_at: maybe,
  }),
  roster: z.strictObject({
    /** The sequence since which the same bytes were announced without a break. */
    since_sequence: count,
    read_from: text,
    read_to: text,
    gateways: z.array(provenGateway).check(z.maxLength(MOST_GATEWAYS_PROVEN)),
  }),
  seal: z.strictObject({
    statement: z.strictObject({
      configuration_id: text,
      version_id: text,
      content_hash: text,
      sequence: count,
      gateways: count,
      taken_at: text,
      body_sha256: text,
    }),
    signature,
  }),
  keys: z.strictObject({
    manifest: z.nullable(z.strictObject(jwkShape)),
    proof: z.nullable(z.strictObject({ ...jwkShape, purpose: z.literal('proof') })),
  }),
});

export type Proof = z.infer<typeof proof>;
export type ProvenGateway = z.infer<typeof provenGateway>;
export type Seal = Proof['seal']['statement'];
type Body = Pick<Proof, 'format' | 'manifest' | 'signature' | 'version' | 'roster'>;

/** The proof, or where it is not one. */
export function parseProof(value: unknown): Proof | { readonly wrong: string } {
  const parsed = proof.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = issue?.path.map(String).join('.') || 'the whole';
  return { wrong: `${at}: ${issue?.code.replaceAll('_', ' ') ?? 'not a proof'}` };
}

const SEAL_FIELDS = [
  'configuration_id',
  'version_id',
  'content_hash',
  'sequence',
  'gateways',
  'taken_at',
  'body_sha256',
] as const satisfies readonly (keyof Seal)[];

/** The bytes that are signed with the key for proofs. The label keeps them from being taken for a manifest. */
export function sealBytes(seal: Seal): Uint8Array {
  return signedBytes(PROOF_FORMAT, seal, SEAL_FIELDS);
}

/** Of everything but the seal and the keys: nothing in it can be altered, added or left out. */
export function bodySha256({ format, manifest, signature: signed, version, roster }: Body): string {
  return sha256Hex(canonicalJson({ format, manifest, signature: signed, version, roster }));
}
