/** Encryption: texts, data keys, and moving a ciphertext from key to key. */
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { open, seal, sealedBy } from './envelope.ts';
import { KmsFailure } from './failure.ts';
import type { Keyring } from './keyring.ts';
import type { Key } from './keys.ts';
import { base64, blob, keyId, type Operation, operation } from './operation.ts';

const context = z.record(z.string(), z.string()).default({});
const symmetricOnly = z.literal('SYMMETRIC_DEFAULT').default('SYMMETRIC_DEFAULT');

const ENCRYPT = { KeyId: keyId, EncryptionContext: context, EncryptionAlgorithm: symmetricOnly };
const CIPHERTEXT = blob(6144);
const DATA_KEY = {
  KeyId: keyId,
  EncryptionContext: context,
  KeySpec: z.enum(['AES_256', 'AES_128']).optional(),
  NumberOfBytes: z.int().min(1).max(1024).optional(),
};

export const CIPHER_OPERATIONS = {
  Encrypt: operation({ ...ENCRYPT, Plaintext: blob(4096) }, (request, keys) => {
    const key = keys.usable(request.KeyId, 'ENCRYPT_DECRYPT');
    const CiphertextBlob = seal(secret(key, keys), request.Plaintext, request.EncryptionContext);
    return { KeyId: keys.arn(key), CiphertextBlob: base64(CiphertextBlob), EncryptionAlgorithm: key.spec };
  }),
  Decrypt: operation({ ...ENCRYPT, KeyId: keyId.optional(), CiphertextBlob: CIPHERTEXT }, (request, keys) => {
    const { key, plaintext } = unseal(keys, request.CiphertextBlob, request.EncryptionContext, request.KeyId);
    return { KeyId: keys.arn(key), Plaintext: base64(plaintext), EncryptionAlgorithm: key.spec };
  }),
  ReEncrypt: operation(
    {
      CiphertextBlob: CIPHERTEXT,
      SourceEncryptionContext: context,
      SourceKeyId: keyId.optional(),
      DestinationKeyId: keyId,
      DestinationEncryptionContext: context,
    },
    (request, keys) => {
      const from = unseal(keys, request.CiphertextBlob, request.SourceEncryptionContext, request.SourceKeyId);
      const to = keys.usable(request.DestinationKeyId, 'ENCRYPT_DECRYPT');
      return {
        CiphertextBlob: base64(seal(secret(to, keys), from.plaintext, request.DestinationEncryptionContext)),
        SourceKeyId: keys.arn(from.key),
        KeyId: keys.arn(to),
        SourceEncryptionAlgorithm: from.key.spec,
        DestinationEncryptionAlgorithm: to.spec,
      };
    },
  ),
  GenerateDataKey: operation(DATA_KEY, (request, keys) => {
    const { plaintext, ...answer } = dataKey(request, keys);
    return { ...answer, Plaintext: base64(plaintext) };
  }),
  GenerateDataKeyWithoutPlaintext: operation(DATA_KEY, (request, keys) => {
    const { plaintext: _, ...answer } = dataKey(request, keys);
    return answer;
  }),
} as const satisfies Record<string, Operation>;

function secret(key: Key, keys: Keyring) {
  return { id: key.id, arn: keys.arn(key), material: Buffer.from(key.material, 'base64') };
}

function unseal(
  keys: Keyring,
  sealed: Buffer,
  encryptionContext: Readonly<Record<string, string>>,
  named?: string,
) {
  const sealer = sealedBy(sealed);
  if (named !== undefined && keys.find(named).id !== sealer) {
    throw new KmsFailure('IncorrectKeyException', 'the ciphertext was not made with the key in the request');
  }
  const key = keys.usable(sealer, 'ENCRYPT_DECRYPT');
  return { key, plaintext: open(secret(key, keys), sealed, encryptionContext) };
}

function dataKey(request: z.output<z.ZodObject<typeof DATA_KEY>>, keys: Keyring) {
  const { KeySpec, NumberOfBytes } = request;
  if ((KeySpec === undefined) === (NumberOfBytes === undefined)) {
    throw new KmsFailure('ValidationException', 'Please specify either number of bytes or key spec.');
  }
  const key = keys.usable(request.KeyId, 'ENCRYPT_DECRYPT');
  const plaintext = randomBytes(NumberOfBytes ?? (KeySpec === 'AES_128' ? 16 : 32));
  const CiphertextBlob = base64(seal(secret(key, keys), plaintext, request.EncryptionContext));
  return { KeyId: keys.arn(key), CiphertextBlob, plaintext };
}
