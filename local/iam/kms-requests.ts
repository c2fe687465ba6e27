/** What a call to KMS asks for: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html */
import * as z from 'zod';
import { contextOf, type IamRequest } from './request.ts';

const context = z.record(z.string(), z.string()).default({});
const CALL = z.object({
  EncryptionContext: context,
  SourceEncryptionContext: context,
  DestinationEncryptionContext: context,
  EncryptionAlgorithm: z.string().optional(),
  SigningAlgorithm: z.string().optional(),
  MessageType: z.string().optional(),
});

export interface NamedKeys {
  /** ARN of the key that the call names, or that made its ciphertext; `*` for a call about no key. */
  readonly key: string;
  /** Of ReEncrypt: the key that it is encrypted under from then on. */
  readonly destination: string | null;
}

export function kmsRequests(operation: string, body: unknown, { key, destination }: NamedKeys): IamRequest[] {
  const call = CALL.parse(body);
  const about = (encryption: Readonly<Record<string, string>>) =>
    contextOf({
      ...Object.fromEntries(
        Object.entries(encryption).map(([name, value]) => [`kms:EncryptionContext:${name}`, [value]]),
      ),
      'kms:EncryptionContextKeys': Object.keys(encryption),
      'kms:EncryptionAlgorithm': [call.EncryptionAlgorithm ?? DEFAULT_ALGORITHM[operation]],
      'kms:SigningAlgorithm': [call.SigningAlgorithm],
      'kms:MessageType': [call.MessageType ?? (operation === 'Sign' ? 'RAW' : undefined)],
    });
  if (destination !== null)
    return [
      { action: 'kms:ReEncryptFrom', resource: key, context: about(call.SourceEncryptionContext) },
      { action: 'kms:ReEncryptTo', resource: destination, context: about(call.DestinationEncryptionContext) },
    ];
  return [{ action: `kms:${operation}`, resource: key, context: about(call.EncryptionContext) }];
}

const DEFAULT_ALGORITHM: Readonly<Record<string, string>> = {
  Decrypt: 'SYMMETRIC_DEFAULT',
  Encrypt: 'SYMMETRIC_DEFAULT',
};
