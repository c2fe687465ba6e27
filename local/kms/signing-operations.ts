/** Signatures: ECDSA over P-256 with SHA-256, as anybody can verify with the public key. */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import * as z from 'zod';
import { KmsFailure } from './failure.ts';
import { type Keyring, USAGE } from './keyring.ts';
import type { Key } from './keys.ts';
import { base64, blob, keyId, type Operation, operation } from './operation.ts';

/** DIGEST is left out: OpenSSL, as node:crypto reaches it, cannot sign a digest with an EC key. */
const SIGN = {
  KeyId: keyId,
  Message: blob(4096),
  MessageType: z.enum(['RAW', 'DIGEST', 'EXTERNAL_MU']).default('RAW'),
  SigningAlgorithm: z.string(),
};

export const SIGNING_OPERATIONS = {
  GetPublicKey: operation({ KeyId: keyId }, ({ KeyId }, keys) => {
    const key = signingKey(KeyId, keys);
    return {
      KeyId: keys.arn(key),
      PublicKey: base64(spki(key)),
      KeyUsage: USAGE[key.spec],
      KeySpec: key.spec,
      SigningAlgorithms: ['ECDSA_SHA_256'],
    };
  }),
  Sign: operation(SIGN, (request, keys) => {
    const key = signingKey(request.KeyId, keys);
    refuseUnsupported(request);
    const Signature = base64(sign('sha256', request.Message, privateKey(key)));
    return { KeyId: keys.arn(key), Signature, SigningAlgorithm: request.SigningAlgorithm };
  }),
  Verify: operation({ ...SIGN, Signature: blob(6144) }, (request, keys) => {
    const key = signingKey(request.KeyId, keys);
    refuseUnsupported(request);
    if (!verify('sha256', request.Message, createPublicKey(privateKey(key)), request.Signature)) {
      throw new KmsFailure('KMSInvalidSignatureException', 'the signature is not valid');
    }
    return { KeyId: keys.arn(key), SignatureValid: true, SigningAlgorithm: request.SigningAlgorithm };
  }),
} as const satisfies Record<string, Operation>;

function signingKey(name: string, keys: Keyring): Key {
  return keys.usable(name, 'SIGN_VERIFY');
}

function refuseUnsupported({
  MessageType,
  SigningAlgorithm,
}: {
  MessageType: string;
  SigningAlgorithm: string;
}): void {
  if (SigningAlgorithm !== 'ECDSA_SHA_256') {
    throw new KmsFailure(
      'InvalidKeyUsageException',
      `Algorithm ${SigningAlgorithm} is incompatible with the key.`,
    );
  }
  if (MessageType !== 'RAW') {
    throw new KmsFailure('UnsupportedOperationException', `MessageType ${MessageType} is not supported here`);
  }
}

function privateKey(key: Key): KeyObject {
  return createPrivateKey({ key: Buffer.from(key.material, 'base64'), type: 'pkcs8', format: 'der' });
}

function spki(key: Key): Buffer {
  return createPublicKey(privateKey(key)).export({ type: 'spki', format: 'der' });
}
