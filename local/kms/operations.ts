/** The operations of the local KMS: request in, answer out, failures by AWS's names. */
import { createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import * as z from 'zod';
import { open, seal, sealedBy } from './envelope.ts';
import { KmsFailure } from './failure.ts';
import { ACCOUNT, type Keyring, USAGE } from './keyring.ts';
import type { Key } from './keys.ts';

type Operation = (request: unknown, keys: Keyring) => object;

const blob = (max: number) =>
  z
    .base64()
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((bytes) => bytes.length >= 1 && bytes.length <= max, `must be 1 to ${max} bytes`);
const keyId = z.string().min(1).max(2048);
const context = z.record(z.string(), z.string()).default({});
const symmetricOnly = z.literal('SYMMETRIC_DEFAULT').default('SYMMETRIC_DEFAULT');

const ENCRYPT = { KeyId: keyId, EncryptionContext: context, EncryptionAlgorithm: symmetricOnly };
const CIPHERTEXT = blob(6144);
/** DIGEST is left out: OpenSSL, as node:crypto reaches it, cannot sign a digest with an EC key. */
const SIGN = {
  KeyId: keyId,
  Message: blob(4096),
  MessageType: z.enum(['RAW', 'DIGEST', 'EXTERNAL_MU']).default('RAW'),
  SigningAlgorithm: z.string(),
};

/** Validates like KMS: a wrong shape is a `ValidationException`. */
function operation<S extends z.ZodRawShape>(
  shape: S,
  run: (request: z.output<z.ZodObject<S>>, keys: Keyring) => object | undefined,
): Operation {
  const schema = z.object(shape);
  return (input, keys) => {
    const request = schema.safeParse(input);
    if (!request.success) throw new KmsFailure('ValidationException', z.prettifyError(request.error));
    return run(request.data, keys) ?? {};
  };
}

export const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    CreateKey: operation(
      {
        Description: z.string().max(8192).default(''),
        KeySpec: z.string().optional(),
        CustomerMasterKeySpec: z.string().optional(),
        KeyUsage: z.string().optional(),
      },
      (request, keys) => {
        const spec = request.KeySpec ?? request.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
        if (spec !== 'SYMMETRIC_DEFAULT' && spec !== 'ECC_NIST_P256') {
          throw new KmsFailure(
            'UnsupportedOperationException',
            `keys of spec ${spec} are not supported here`,
          );
        }
        const usage = request.KeyUsage ?? 'ENCRYPT_DECRYPT';
        if (usage !== USAGE[spec]) {
          throw new KmsFailure(
            'ValidationException',
            `KeyUsage ${usage} is not compatible with KeySpec ${spec}`,
          );
        }
        return { KeyMetadata: metadata(keys.create(spec, request.Description), keys) };
      },
    ),
    DescribeKey: operation({ KeyId: keyId }, ({ KeyId }, keys) => ({
      KeyMetadata: metadata(keys.find(KeyId), keys),
    })),
    ListKeys: operation({}, (_, keys) => ({
      Keys: keys.all().map((key) => ({ KeyId: key.id, KeyArn: keys.arn(key) })),
      Truncated: false,
    })),
    EnableKey: operation({ KeyId: keyId }, ({ KeyId }, keys) => setState(keys, KeyId, 'Enabled')),
    DisableKey: operation({ KeyId: keyId }, ({ KeyId }, keys) => setState(keys, KeyId, 'Disabled')),
    ScheduleKeyDeletion: operation(
      { KeyId: keyId, PendingWindowInDays: z.int().min(7).max(30).default(30) },
      ({ KeyId, PendingWindowInDays }, keys) => {
        const key = keys.find(KeyId);
        const deletion = Date.now() / 1000 + PendingWindowInDays * 86_400;
        setState(keys, KeyId, 'PendingDeletion', deletion);
        return {
          KeyId: keys.arn(key),
          DeletionDate: deletion,
          KeyState: 'PendingDeletion',
          PendingWindowInDays,
        };
      },
    ),
    CancelKeyDeletion: operation({ KeyId: keyId }, ({ KeyId }, keys) => {
      const key = keys.find(KeyId);
      if (key.state !== 'PendingDeletion') {
        throw new KmsFailure('KMSInvalidStateException', `${key.id} is not pending deletion.`);
      }
      const { deletion: _, ...kept } = key;
      keys.update({ ...kept, state: 'Disabled' });
      return { KeyId: keys.arn(key) };
    }),
    CreateAlias: operation({ AliasName: aliasName(), TargetKeyId: keyId }, (request, keys) => {
      if (keys.aliases().has(request.AliasName)) {
        throw new KmsFailure('AlreadyExistsException', `${request.AliasName} already exists`);
      }
      keys.setAlias(request.AliasName, request.TargetKeyId);
      return undefined;
    }),
    UpdateAlias: operation({ AliasName: aliasName(), TargetKeyId: keyId }, (request, keys) => {
      keys.find(request.AliasName);
      keys.setAlias(request.AliasName, request.TargetKeyId);
      return undefined;
    }),
    DeleteAlias: operation({ AliasName: aliasName() }, ({ AliasName }, keys) => {
      keys.find(AliasName);
      keys.setAlias(AliasName, undefined);
      return undefined;
    }),
    ListAliases: operation({ KeyId: keyId.optional() }, ({ KeyId }, keys) => ({
      Aliases: [...keys.aliases()]
        .filter(([, target]) => KeyId === undefined || keys.find(KeyId).id === target)
        .map(([AliasName, TargetKeyId]) => ({
          AliasName,
          TargetKeyId,
          AliasArn: keys.arn(keys.find(TargetKeyId)).replace(/key\/.*$/, AliasName),
        })),
      Truncated: false,
    })),

    Encrypt: operation({ ...ENCRYPT, Plaintext: blob(4096) }, (request, keys) => {
      const key = keys.usable(request.KeyId, 'ENCRYPT_DECRYPT');
      const CiphertextBlob = seal(secret(key, keys), request.Plaintext, request.EncryptionContext);
      return { KeyId: keys.arn(key), CiphertextBlob: base64(CiphertextBlob), EncryptionAlgorithm: key.spec };
    }),
    Decrypt: operation(
      { ...ENCRYPT, KeyId: keyId.optional(), CiphertextBlob: CIPHERTEXT },
      (request, keys) => {
        const { key, plaintext } = unseal(
          keys,
          request.CiphertextBlob,
          request.EncryptionContext,
          request.KeyId,
        );
        return { KeyId: keys.arn(key), Plaintext: base64(plaintext), EncryptionAlgorithm: key.spec };
      },
    ),
    ReEncrypt: operation(
      {
        CiphertextBlob: CIPHERTEXT,
        SourceEncryptionContext: context,
        SourceKeyId: keyId.optional(),
        DestinationKeyId: keyId,
        DestinationEncryptionContext: context,
      },
      (request, keys) => {
        const from = unseal(
          keys,
          request.CiphertextBlob,
          request.SourceEncryptionContext,
          request.SourceKeyId,
        );
        const to = keys.usable(request.DestinationKeyId, 'ENCRYPT_DECRYPT');
        return {
          CiphertextBlob: base64(
            seal(secret(to, keys), from.plaintext, request.DestinationEncryptionContext),
          ),
          SourceKeyId: keys.arn(from.key),
          KeyId: keys.arn(to),
          SourceEncryptionAlgorithm: from.key.spec,
          DestinationEncryptionAlgorithm: to.spec,
        };
      },
    ),
    GenerateDataKey: operation(dataKeyShape(), (request, keys) => {
      const { plaintext, ...answer } = dataKey(request, keys);
      return { ...answer, Plaintext: base64(plaintext) };
    }),
    GenerateDataKeyWithoutPlaintext: operation(dataKeyShape(), (request, keys) => {
      const { plaintext: _, ...answer } = dataKey(request, keys);
      return answer;
    }),

    GetPublicKey: operation({ KeyId: keyId }, ({ KeyId }, keys) => {
      const key = signingKey(KeyId, keys);
      const { KeyUsage, KeySpec } = metadata(key, keys);
      return {
        KeyId: keys.arn(key),
        PublicKey: base64(spki(key)),
        KeyUsage,
        KeySpec,
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
  } satisfies Record<string, Operation>),
);

function aliasName() {
  return z.string().regex(/^alias\/(?!aws\/)[a-zA-Z0-9/_-]+$/);
}

function metadata(key: Key, keys: Keyring) {
  return {
    AWSAccountId: ACCOUNT,
    KeyId: key.id,
    Arn: keys.arn(key),
    CreationDate: key.created,
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: USAGE[key.spec],
    KeyState: key.state,
    ...(key.deletion === undefined ? {} : { DeletionDate: key.deletion }),
    Origin: 'AWS_KMS',
    KeyManager: 'CUSTOMER',
    KeySpec: key.spec,
    CustomerMasterKeySpec: key.spec,
    MultiRegion: false,
    ...(USAGE[key.spec] === 'SIGN_VERIFY'
      ? { SigningAlgorithms: ['ECDSA_SHA_256'] }
      : { EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'] }),
  };
}

function setState(keys: Keyring, name: string, state: Key['state'], deletion?: number): undefined {
  const key = keys.find(name);
  if (key.state === 'PendingDeletion') {
    throw new KmsFailure('KMSInvalidStateException', `${key.id} is pending deletion.`);
  }
  keys.update({ ...key, state, ...(deletion === undefined ? {} : { deletion }) });
}

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

function dataKeyShape() {
  return {
    KeyId: keyId,
    EncryptionContext: context,
    KeySpec: z.enum(['AES_256', 'AES_128']).optional(),
    NumberOfBytes: z.int().min(1).max(1024).optional(),
  };
}

function dataKey(request: z.output<z.ZodObject<ReturnType<typeof dataKeyShape>>>, keys: Keyring) {
  const { KeySpec, NumberOfBytes } = request;
  if ((KeySpec === undefined) === (NumberOfBytes === undefined)) {
    throw new KmsFailure('ValidationException', 'Please specify either number of bytes or key spec.');
  }
  const key = keys.usable(request.KeyId, 'ENCRYPT_DECRYPT');
  const plaintext = randomBytes(NumberOfBytes ?? (KeySpec === 'AES_128' ? 16 : 32));
  const CiphertextBlob = base64(seal(secret(key, keys), plaintext, request.EncryptionContext));
  return { KeyId: keys.arn(key), CiphertextBlob, plaintext };
}

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

function privateKey(key: Key) {
  return createPrivateKey({ key: Buffer.from(key.material, 'base64'), type: 'pkcs8', format: 'der' });
}

function spki(key: Key): Buffer {
  return createPublicKey(privateKey(key)).export({ type: 'spki', format: 'der' });
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64');
}
