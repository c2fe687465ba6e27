/** A reload: the signed statement of which version a configuration's gateways must run. */
import { signedBytes } from './signed-bytes.ts';

export interface Manifest {
  readonly configuration_id: string;
  readonly version_id: string;
  readonly number: number;
  readonly sequence: number;
  readonly content_hash: string;
  readonly commit: string | null;
  readonly issued_at: string;
}

export interface Signature {
  /** Names a key of `GET /v1/keys`. */
  readonly kid: string;
  readonly alg: 'ES256';
  /** Base64url of r‖s (RFC 7518 §3.4), over `manifestBytes`. */
  readonly value: string;
}

export interface Announcement {
  readonly manifest: Manifest;
  readonly signature: Signature;
}

/** The message in a gateway's queue. It carries no content and no secret. */
export interface ReloadMessage extends Announcement {
  readonly type: 'reload';
}

const MANIFEST_FIELDS = [
  'configuration_id',
  'version_id',
  'number',
  'sequence',
  'content_hash',
  'commit',
  'issued_at',
] as const satisfies readonly (keyof Manifest)[];

/** The bytes that are signed: the manifest, as `signedBytes` writes it, with its fields in the order above. */
export function manifestBytes(manifest: Manifest): Uint8Array {
  return signedBytes('kt-manifest-v1', manifest, MANIFEST_FIELDS);
}
