/** Which keys a request is about: those it names, or the one that made its ciphertext. */
import * as z from 'zod';
import type { NamedKeys } from '../iam/kms-requests.ts';
import { sealedBy } from './envelope.ts';
import type { Keyring } from './keyring.ts';

const NAMES = z.object({
  KeyId: z.string().optional(),
  TargetKeyId: z.string().optional(),
  SourceKeyId: z.string().optional(),
  DestinationKeyId: z.string().optional(),
  CiphertextBlob: z.base64().optional(),
});

/** A key that is not there is `*`: whoever may not use every key is refused, and learns nothing of what there is. */
export function keysOf(request: unknown, keys: Keyring): NamedKeys {
  const { KeyId, TargetKeyId, SourceKeyId, DestinationKeyId, CiphertextBlob } =
    NAMES.safeParse(request).data ?? {};
  const arnOf = (name: () => string | undefined) => {
    try {
      return keys.arn(keys.find(name() ?? ''));
    } catch {
      return '*';
    }
  };
  const sealer = () => CiphertextBlob && sealedBy(Buffer.from(CiphertextBlob, 'base64'));
  return {
    key: arnOf(() => KeyId ?? TargetKeyId ?? SourceKeyId ?? sealer()),
    destination: DestinationKeyId === undefined ? null : arnOf(() => DestinationKeyId),
  };
}
