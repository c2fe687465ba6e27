/** A reload: the signed statement of which version a configuration's gateways must run. */

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

/**
 * The bytes that are signed: a label, so that the signature means nothing elsewhere, a newline, and the
 * manifest as JSON with its fields in the order above and no white space.
 */
export function manifestBytes(manifest: Manifest): Uint8Array {
  const fields = MANIFEST_FIELDS.map(
    (field) => `${JSON.stringify(field)}:${JSON.stringify(manifest[field])}`,
  );
  return Buffer.from(`kt-manifest-v1\n{${fields.join(',')}}`, 'utf8');
}
