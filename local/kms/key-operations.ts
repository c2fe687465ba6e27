/** Keys and their aliases: made, described, enabled, disabled, deleted. */
import * as z from 'zod';
import { KmsFailure } from './failure.ts';
import { ACCOUNT, type Keyring, USAGE } from './keyring.ts';
import type { Key } from './keys.ts';
import { keyId, type Operation, operation } from './operation.ts';

const aliasName = z.string().regex(/^alias\/(?!aws\/)[a-zA-Z0-9/_-]+$/);

export const KEY_OPERATIONS = {
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
        throw new KmsFailure('UnsupportedOperationException', `keys of spec ${spec} are not supported here`);
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
  CreateAlias: operation({ AliasName: aliasName, TargetKeyId: keyId }, (request, keys) => {
    if (keys.aliases().has(request.AliasName)) {
      throw new KmsFailure('AlreadyExistsException', `${request.AliasName} already exists`);
    }
    keys.setAlias(request.AliasName, request.TargetKeyId);
    return undefined;
  }),
  UpdateAlias: operation({ AliasName: aliasName, TargetKeyId: keyId }, (request, keys) => {
    keys.find(request.AliasName);
    keys.setAlias(request.AliasName, request.TargetKeyId);
    return undefined;
  }),
  DeleteAlias: operation({ AliasName: aliasName }, ({ AliasName }, keys) => {
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
} as const satisfies Record<string, Operation>;

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
