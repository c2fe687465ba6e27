/** Signing with KMS: ECDSA on P-256, in the forms JOSE uses, so that any library can verify offline. */
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import type { PublicJwk } from '../domain/jwk.ts';
import type { Signer, SigningKeys } from '../ports.ts';

const COORDINATE_BYTES = 32;

/** Names a key by its KMS key id: the last part of its ARN. */
export function kidOf(keyArn: string): string {
  return keyArn.slice(keyArn.lastIndexOf('/') + 1);
}

/** Signs up to 4,096 bytes, the most that KMS takes; a manifest has a few hundred. */
export function kmsSigner(client: KMSClient, keyArn: string): Signer {
  return {
    async sign(bytes) {
      const { Signature: der } = await client.send(
        new SignCommand({
          KeyId: keyArn,
          Message: bytes,
          SigningAlgorithm: 'ECDSA_SHA_256',
        }),
      );
      if (!der) throw new Error('KMS returned no signature');
      return {
        kid: kidOf(keyArn),
        alg: 'ES256',
        value: Buffer.from(joseSignature(der)).toString('base64url'),
      };
    },
  };
}

/**
 * KMS answers in DER (`SEQUENCE { INTEGER r, INTEGER s }`); ES256 is r‖s, 32 bytes each (RFC 7518 §3.4).
 * Throws on anything else.
 */
export function joseSignature(der: Uint8Array): Uint8Array {
  const out = new Uint8Array(2 * COORDINATE_BYTES);
  if (der[0] !== 0x30 || der[1] !== der.length - 2) throw new Error('not a DER signature');
  let at = 2;
  for (const end of [COORDINATE_BYTES, 2 * COORDINATE_BYTES]) {
    const length = der[at + 1] ?? 0;
    const integer = der.subarray(at + 2, at + 2 + length);
    const digits = integer[0] === 0 ? integer.subarray(1) : integer;
    if (der[at] !== 0x02 || integer.length !== length || digits.length > COORDINATE_BYTES) {
      throw new Error('not a DER signature');
    }
    out.set(digits, end - digits.length);
    at += 2 + length;
  }
  if (at !== der.length) throw new Error('not a DER signature');
  return out;
}

/** The public half, asked for once per function: a KMS key never changes its material. */
export function kmsSigningKeys(client: KMSClient, keyArn: string): SigningKeys {
  let keys: Promise<readonly PublicJwk[]> | null = null;
  return {
    list() {
      keys ??= publicKey(client, keyArn).catch((error: unknown) => {
        keys = null;
        throw error;
      });
      return keys;
    },
  };
}

async function publicKey(client: KMSClient, keyArn: string): Promise<readonly PublicJwk[]> {
  const { PublicKey: spki } = await client.send(new GetPublicKeyCommand({ KeyId: keyArn }));
  if (!spki) throw new Error('KMS returned no public key');
  const jwk: JsonWebKey = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }).export({
    format: 'jwk',
  });
  if (jwk.kty !== 'EC' || jwk.crv !== 'P-256' || !jwk.x || !jwk.y)
    throw new Error('the signing key is not on P-256');
  return [{ kty: 'EC', crv: 'P-256', x: jwk.x, y: jwk.y, kid: kidOf(keyArn), use: 'sig', alg: 'ES256' }];
}
