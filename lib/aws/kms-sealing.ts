/** Sealing with KMS: a data key per secret, bound to its row, and AES-256-GCM-SIV under it (RFC 8452). */
import { randomBytes } from 'node:crypto';
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { gcmsiv } from '@noble/ciphers/aes.js';
import { sha256Hex } from '../domain/ids.ts';
import { type SealContext, type Sealed, Unopenable } from '../domain/sealed.ts';
import type { Opener, Sealer } from '../ports.ts';

const NONCE_BYTES = 12;

export function kmsSealer(client: KMSClient, keyId: string): Sealer {
  return {
    async seal(context, secret) {
      const EncryptionContext = encryptionContext(context);
      const answer = await client.send(
        new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256', EncryptionContext }),
      );
      const { Plaintext: key, CiphertextBlob: wrapped, KeyId: arn } = answer;
      if (!key || !wrapped || !arn) throw new Error('KMS returned no data key');
      const nonce = randomBytes(NONCE_BYTES);
      const ciphertext = gcmsiv(key, nonce, additionalData(context, arn)).encrypt(
        Buffer.from(secret, 'utf8'),
      );
      key.fill(0);
      return { v: 1, key: arn, wrapped, nonce: new Uint8Array(nonce), ciphertext };
    },
  };
}

/** GCM-SIV does not commit to its key, hence the key's id in the additional data beside the row's. */
function additionalData(context: SealContext, keyArn: string): Uint8Array {
  const parts = Object.entries(encryptionContext(context)).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify(['kt-seal', 1, keyArn, parts]), 'utf8');
}

/** Ids only: the context is readable in CloudTrail. */
function encryptionContext(context: SealContext): Record<string, string> {
  return { ...context, v: '1' };
}

const CACHE_MS = 5 * 60_000;
const CACHE_USES = 100;
const CACHE_ENTRIES = 1000;

interface CachedKey {
  readonly key: Uint8Array;
  readonly until: number;
  uses: number;
}

/** What KMS says when it will not decrypt this, now or later. Anything else may pass. */
const REFUSALS: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'DisabledException',
  'IncorrectKeyException',
  'InvalidCiphertextException',
  'InvalidKeyUsageException',
  'KMSInvalidStateException',
  'NotFoundException',
]);

/** Keeps opened data keys for at most five minutes and a hundred uses: KMS is asked less, a leak is worth less. */
export function kmsOpener(client: KMSClient, now: () => Date): Opener {
  const cache = new Map<string, CachedKey>();

  /** A copy, for the caller to wipe: the cache wipes its own when it forgets it, whoever is about to use it. */
  async function dataKey(context: SealContext, sealed: Sealed): Promise<Uint8Array> {
    const EncryptionContext = encryptionContext(context);
    const name = sha256Hex(
      JSON.stringify([sealed.key, EncryptionContext, Buffer.from(sealed.wrapped).toString('base64')]),
    );
    const cached = cache.get(name);
    if (cached && cached.until > now().getTime() && cached.uses < CACHE_USES) {
      cached.uses++;
      return cached.key.slice();
    }
    const key = await decrypt(client, sealed, EncryptionContext);
    forget(cache, name);
    if (cache.size >= CACHE_ENTRIES) forget(cache, cache.keys().next().value ?? name);
    cache.set(name, { key, until: now().getTime() + CACHE_MS, uses: 1 });
    return key.slice();
  }

  return {
    async open(context, sealed) {
      const key = await dataKey(context, sealed);
      try {
        return decipher(key, context, sealed);
      } finally {
        key.fill(0);
      }
    },
  };
}

async function decrypt(
  client: KMSClient,
  { key: KeyId, wrapped: CiphertextBlob }: Sealed,
  EncryptionContext: Record<string, string>,
): Promise<Uint8Array> {
  try {
    const command = new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext });
    const { Plaintext } = await client.send(command);
    if (!Plaintext) throw new Error('KMS returned no plaintext');
    return Plaintext;
  } catch (cause) {
    if (!(cause instanceof Error) || !REFUSALS.has(cause.name)) throw cause;
    throw new Unopenable(`KMS does not open it: ${cause.name}`, { cause });
  }
}

function decipher(key: Uint8Array, context: SealContext, { nonce, key: arn, ciphertext }: Sealed): string {
  try {
    const plaintext = gcmsiv(key, nonce, additionalData(context, arn)).decrypt(ciphertext);
    return Buffer.from(plaintext).toString('utf8');
  } catch (cause) {
    throw new Unopenable('the ciphertext was altered, or sealed for something else', { cause });
  }
}

function forget(cache: Map<string, CachedKey>, name: string): void {
  cache.get(name)?.key.fill(0);
  cache.delete(name);
}
