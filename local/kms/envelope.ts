/** The ciphertext blob: AES-256-GCM, bound to its key and to its encryption context. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { KmsFailure } from './failure.ts';

export type EncryptionContext = Readonly<Record<string, string>>;

const VERSION = 1;
const HEADER = 1 + 16;
const IV = 12;
const TAG = 16;

interface Secret {
  readonly id: string;
  readonly arn: string;
  /** 32 bytes. */
  readonly material: Buffer;
}

/** version · key id · IV · tag · ciphertext */
export function seal(key: Secret, plaintext: Uint8Array, context: EncryptionContext): Buffer {
  const header = Buffer.concat([Buffer.of(VERSION), Buffer.from(key.id.replaceAll('-', ''), 'hex')]);
  const iv = randomBytes(IV);
  const cipher = createCipheriv('aes-256-gcm', key.material, iv).setAAD(bound(header, key.arn, context));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([header, iv, cipher.getAuthTag(), body]);
}

/** The id of the key that sealed the blob, before anything is verified. */
export function sealedBy(blob: Buffer): string {
  if (blob.length < HEADER + IV + TAG || blob[0] !== VERSION) throw invalid();
  return blob.toString('hex', 1, HEADER).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Throws `InvalidCiphertextException` when a byte or the context differs, and does not say which. */
export function open(key: Secret, blob: Buffer, context: EncryptionContext): Buffer {
  const header = blob.subarray(0, HEADER);
  const iv = blob.subarray(HEADER, HEADER + IV);
  const decipher = createDecipheriv('aes-256-gcm', key.material, iv, { authTagLength: TAG })
    .setAAD(bound(header, key.arn, context))
    .setAuthTag(blob.subarray(HEADER + IV, HEADER + IV + TAG));
  try {
    return Buffer.concat([decipher.update(blob.subarray(HEADER + IV + TAG)), decipher.final()]);
  } catch {
    throw invalid();
  }
}

/** Each part with its length before it, so that {a: "bc"} and {ab: "c"} are different bytes; sorted, as order does not count. */
function bound(header: Buffer, arn: string, context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const parts = [header, Buffer.from(arn), ...pairs.flat().map((text) => Buffer.from(text))];
  return Buffer.concat(parts.flatMap((part) => [lengthOf(part), part]));
}

function lengthOf(part: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return length;
}

function invalid(): KmsFailure {
  return new KmsFailure(
    'InvalidCiphertextException',
    'the ciphertext or its encryption context is not valid',
  );
}
