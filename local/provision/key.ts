/** Makes a key of the template where it is missing. */
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  type KMSClient,
  NotFoundException,
} from '@aws-sdk/client-kms';
import type { Key } from '../template/state.ts';

/** Answers the key's id and ARN. Its alias is how a later start finds the same key again. */
export async function ensureKey(key: Key, client: KMSClient): Promise<{ id: string; arn: string }> {
  const AliasName = `alias/local/${key.id}`;
  const found = await describeKey(AliasName, client);
  if (found) return found;
  const { KeyMetadata } = await client.send(
    new CreateKeyCommand({
      KeySpec: key.KeySpec,
      KeyUsage: key.KeySpec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : 'SIGN_VERIFY',
      Description: key.Description,
    }),
  );
  await client.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyMetadata?.KeyId }));
  return { id: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' };
}

async function describeKey(
  KeyId: string,
  client: KMSClient,
): Promise<{ id: string; arn: string } | undefined> {
  try {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
    return { id: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' };
  } catch (error) {
    if (error instanceof NotFoundException) return undefined;
    throw error;
  }
}
