/** The local KMS without its server: the same operations, real keys, no HTTP. */
import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  type KMSClient,
  KMSServiceException,
} from '@aws-sdk/client-kms';
import { KmsFailure } from '../../local/kms/failure.ts';
import { keyring } from '../../local/kms/keyring.ts';
import type { Key } from '../../local/kms/keys.ts';
import { OPERATIONS } from '../../local/kms/operations.ts';
import type { Keys } from '../support/ports-over.ts';

/** Members of answers that are bytes; over HTTP they travel as base64. */
const BLOBS = ['CiphertextBlob', 'Plaintext', 'PublicKey', 'Signature'] as const;

export function memoryKms(region = 'us-east-1'): KMSClient {
  const keys = new Map<string, Key>();
  const aliases = new Map<string, string>();
  const ring = keyring(
    {
      keys,
      aliases,
      put: (key) => void keys.set(key.id, key),
      setAlias: (name, id) => void (id === undefined ? aliases.delete(name) : aliases.set(name, id)),
    },
    region,
  );
  const send = async (command: { readonly input: object }) => {
    const operation = OPERATIONS.get(command.constructor.name.replace(/Command$/, ''));
    if (!operation) throw failure(new KmsFailure('UnknownOperationException', command.constructor.name));
    try {
      return { $metadata: {}, ...fromWire(operation(toWire(command.input), ring)) };
    } catch (error) {
      throw error instanceof KmsFailure ? failure(error) : error;
    }
  };
  return { send, destroy: () => {} } as unknown as KMSClient;
}

/** The three keys of a deployment. */
export async function newKeys(client: KMSClient): Promise<Keys> {
  const sign = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' } as const;
  return {
    data: await newKey(client, {}),
    signing: await newKey(client, sign),
    proof: await newKey(client, sign),
  };
}

async function newKey(client: KMSClient, spec: CreateKeyCommandInput): Promise<string> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand(spec));
  if (!KeyMetadata?.Arn) throw new Error('no key was made');
  return KeyMetadata.Arn;
}

function failure({ name, message, status }: KmsFailure): KMSServiceException {
  const $fault = status < 500 ? 'client' : 'server';
  return new KMSServiceException({ name, message, $fault, $metadata: { httpStatusCode: status } });
}

function toWire(input: object): object {
  const entries = Object.entries(input).map(([name, value]: [string, unknown]) => [
    name,
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  ]);
  return Object.fromEntries(entries);
}

function fromWire(answer: object): object {
  const entries = Object.entries(answer).map(([name, value]: [string, unknown]) => [
    name,
    BLOBS.some((blob) => blob === name) ? new Uint8Array(Buffer.from(String(value), 'base64')) : value,
  ]);
  return Object.fromEntries(entries);
}
