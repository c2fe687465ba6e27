import { createPublicKey, verify } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateMacCommand,
  GetPublicKeyCommand,
  KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
  ReEncryptCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  VerifyCommand,
} from '@aws-sdk/client-kms';
import { beforeAll, describe, expect, it } from 'vitest';
import { startKms } from '../../local/kms/server.ts';
import { localSessions } from '../../local/sts/sessions.ts';
import { finallyDo, temporaryFolder } from './fixture.ts';

const SECRET = Buffer.from('a token nobody should read');
const CONTEXT = { link: 'link-1', purpose: 'git-token' };

async function kmsIn(folder: string) {
  const server = await startKms({
    folder,
    region: 'us-east-1',
    sessions: localSessions(Date.now),
    log: () => {},
  });
  const client = new KMSClient({
    region: 'us-east-1',
    endpoint: server.endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  const stop = async () => {
    client.destroy();
    await server.stop();
  };
  return { client, endpoint: server.endpoint, stop };
}

describe('the local KMS', () => {
  let client: KMSClient;
  let endpoint: string;
  let folder: string;
  beforeAll(async () => {
    folder = temporaryFolder();
    const kms = await kmsIn(folder);
    ({ client, endpoint } = kms);
    finallyDo(kms.stop);
  });

  const create = async (KeySpec: 'SYMMETRIC_DEFAULT' | 'ECC_NIST_P256' = 'SYMMETRIC_DEFAULT') => {
    const KeyUsage = KeySpec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : 'SIGN_VERIFY';
    const { KeyMetadata } = await client.send(
      new CreateKeyCommand({ KeySpec, KeyUsage, Description: 'a key' }),
    );
    return KeyMetadata?.KeyId ?? '';
  };
  const encrypt = async (KeyId: string, EncryptionContext: Record<string, string> = CONTEXT) => {
    const sealed = await client.send(new EncryptCommand({ KeyId, Plaintext: SECRET, EncryptionContext }));
    return Buffer.from(sealed.CiphertextBlob ?? '');
  };
  const decrypt = async (CiphertextBlob: Uint8Array, EncryptionContext: Record<string, string> = CONTEXT) => {
    const opened = await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    return Buffer.from(opened.Plaintext ?? '');
  };

  describe('encryption', () => {
    it('opens what it sealed, and seals the same text differently each time', async () => {
      const key = await create();
      const [one, other] = [await encrypt(key), await encrypt(key)];
      expect(one.equals(other)).toBe(false);
      expect(one.includes(SECRET)).toBe(false);
      expect(await decrypt(one)).toEqual(SECRET);
    });

    it('does not care in which order the context is written', async () => {
      const sealed = await encrypt(await create(), { a: '1', b: '2' });
      expect(await decrypt(sealed, { b: '2', a: '1' })).toEqual(SECRET);
    });

    it.each([
      ['changed', { link: 'link-2', purpose: 'git-token' }],
      ['missing', {}],
      ['empty', { link: '', purpose: '' }],
      ['with more in it', { ...CONTEXT, extra: 'x' }],
      ['with less in it', { link: 'link-1' }],
      ['in other letter case', { Link: 'link-1', purpose: 'git-token' }],
      ['with the boundary shifted', { linkl: 'ink-1', purpose: 'git-token' }],
    ] as [string, Record<string, string>][])('refuses a context that is %s', async (_, wrong) => {
      const sealed = await encrypt(await create());
      await expect(decrypt(sealed, wrong)).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
    });

    it('refuses a blob with any one byte changed', async () => {
      const sealed = await encrypt(await create());
      for (const at of [0, 17, 29, sealed.length - 1]) {
        const tampered = Buffer.from(sealed);
        tampered[at] = (tampered[at] ?? 0) ^ 1;
        await expect(decrypt(tampered)).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
      }
    });

    it('refuses a shortened blob', async () => {
      const sealed = await encrypt(await create());
      for (const length of [1, 20, 44, sealed.length - 1]) {
        await expect(decrypt(sealed.subarray(0, length))).rejects.toMatchObject({
          name: 'InvalidCiphertextException',
        });
      }
    });

    it('says when the ciphertext was made with another key', async () => {
      const sealed = await encrypt(await create());
      const wrong = new DecryptCommand({
        CiphertextBlob: sealed,
        EncryptionContext: CONTEXT,
        KeyId: await create(),
      });
      await expect(client.send(wrong)).rejects.toMatchObject({ name: 'IncorrectKeyException' });
    });

    it('takes 4,096 bytes and not one more', async () => {
      const KeyId = await create();
      const seal = (size: number) =>
        client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.alloc(size) }));
      expect((await seal(4096)).CiphertextBlob?.length).toBeGreaterThan(4096);
      await expect(seal(4097)).rejects.toMatchObject({ name: 'ValidationException' });
    });

    it('makes data keys, with the plaintext and without', async () => {
      const KeyId = await create();
      const made = await client.send(
        new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext: CONTEXT }),
      );
      expect(made.Plaintext).toHaveLength(32);
      expect(await decrypt(made.CiphertextBlob ?? Buffer.alloc(0))).toEqual(
        Buffer.from(made.Plaintext ?? []),
      );

      const sealedOnly = await client.send(
        new GenerateDataKeyWithoutPlaintextCommand({ KeyId, NumberOfBytes: 24 }),
      );
      expect('Plaintext' in sealedOnly && sealedOnly.Plaintext).toBeFalsy();
      expect(await decrypt(sealedOnly.CiphertextBlob ?? Buffer.alloc(0), {})).toHaveLength(24);
    });

    it('moves a ciphertext to another key and context', async () => {
      const CiphertextBlob = await encrypt(await create());
      const DestinationKeyId = await create();
      const moved = await client.send(
        new ReEncryptCommand({
          CiphertextBlob,
          SourceEncryptionContext: CONTEXT,
          DestinationKeyId,
          DestinationEncryptionContext: { now: 'here' },
        }),
      );
      expect(moved.KeyId).toContain(DestinationKeyId);
      expect(await decrypt(moved.CiphertextBlob ?? Buffer.alloc(0), { now: 'here' })).toEqual(SECRET);
    });
  });

  describe('signing', () => {
    const Message = Buffer.from('version 7 of configuration c1');
    const signed = { Message, SigningAlgorithm: 'ECDSA_SHA_256' } as const;

    it('makes signatures that anybody with the public key can verify offline', async () => {
      const KeyId = await create('ECC_NIST_P256');
      const { Signature } = await client.send(new SignCommand({ KeyId, ...signed }));
      const { PublicKey, SigningAlgorithms } = await client.send(new GetPublicKeyCommand({ KeyId }));
      expect(SigningAlgorithms).toEqual(['ECDSA_SHA_256']);
      const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
      expect(key.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
      expect(verify('sha256', Message, key, Signature ?? Buffer.alloc(0))).toBe(true);
      expect(verify('sha256', Buffer.from('version 8'), key, Signature ?? Buffer.alloc(0))).toBe(false);
    });

    it('verifies, and says InvalidSignature for another message or key', async () => {
      const KeyId = await create('ECC_NIST_P256');
      const { Signature } = await client.send(new SignCommand({ KeyId, ...signed }));
      const good = await client.send(new VerifyCommand({ KeyId, ...signed, Signature }));
      expect(good.SignatureValid).toBe(true);
      for (const wrong of [{ Message: Buffer.from('other') }, { KeyId: await create('ECC_NIST_P256') }]) {
        const attempt = client.send(new VerifyCommand({ KeyId, ...signed, Signature, ...wrong }));
        await expect(attempt).rejects.toMatchObject({ name: 'KMSInvalidSignatureException' });
      }
    });

    it('refuses what it cannot do instead of doing something else', async () => {
      const KeyId = await create('ECC_NIST_P256');
      const digest = client.send(
        new SignCommand({ KeyId, ...signed, Message: Buffer.alloc(32), MessageType: 'DIGEST' }),
      );
      await expect(digest).rejects.toMatchObject({ name: 'UnsupportedOperationException' });
      const rsa = client.send(new SignCommand({ KeyId, Message, SigningAlgorithm: 'RSASSA_PSS_SHA_256' }));
      await expect(rsa).rejects.toMatchObject({ name: 'InvalidKeyUsageException' });
      const mac = client.send(new GenerateMacCommand({ KeyId, Message, MacAlgorithm: 'HMAC_SHA_256' }));
      await expect(mac).rejects.toMatchObject({ name: 'UnknownOperationException' });
    });
  });

  describe('keys', () => {
    it('are found by id, ARN, alias and alias ARN', async () => {
      const id = await create();
      await client.send(new CreateAliasCommand({ AliasName: `alias/a-${id}`, TargetKeyId: id }));
      const { Aliases } = await client.send(new ListAliasesCommand({ KeyId: id }));
      const describe = async (KeyId: string) =>
        (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;
      const { Arn = '', CreationDate } = (await describe(id)) ?? {};
      expect(CreationDate).toBeInstanceOf(Date);
      for (const name of [Arn, `alias/a-${id}`, Aliases?.[0]?.AliasArn ?? '']) {
        expect(await describe(name)).toMatchObject({
          KeyId: id,
          KeyState: 'Enabled',
          KeySpec: 'SYMMETRIC_DEFAULT',
        });
      }
      const { Keys } = await client.send(new ListKeysCommand({}));
      expect(Keys).toContainEqual({ KeyId: id, KeyArn: Arn });
    });

    it('that do not exist are NotFound', async () => {
      await expect(encrypt('alias/none')).rejects.toMatchObject({ name: 'NotFoundException' });
    });

    it('that are disabled do nothing until enabled', async () => {
      const KeyId = await create();
      const sealed = await encrypt(KeyId);
      await client.send(new DisableKeyCommand({ KeyId }));
      await expect(encrypt(KeyId)).rejects.toMatchObject({ name: 'DisabledException' });
      await expect(decrypt(sealed)).rejects.toMatchObject({ name: 'DisabledException' });
      await client.send(new EnableKeyCommand({ KeyId }));
      expect(await decrypt(sealed)).toEqual(SECRET);
    });

    it('that wait for deletion do nothing until it is cancelled', async () => {
      const KeyId = await create();
      const sealed = await encrypt(KeyId);
      const scheduled = await client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
      expect(scheduled.DeletionDate?.getTime()).toBeGreaterThan(Date.now());
      await expect(decrypt(sealed)).rejects.toMatchObject({ name: 'KMSInvalidStateException' });
      await client.send(new CancelKeyDeletionCommand({ KeyId }));
      await client.send(new EnableKeyCommand({ KeyId }));
      expect(await decrypt(sealed)).toEqual(SECRET);
    });

    it('of one kind are not used as the other', async () => {
      await expect(encrypt(await create('ECC_NIST_P256'))).rejects.toMatchObject({
        name: 'InvalidKeyUsageException',
      });
      const sign = new SignCommand({
        KeyId: await create(),
        Message: SECRET,
        SigningAlgorithm: 'ECDSA_SHA_256',
      });
      await expect(client.send(sign)).rejects.toMatchObject({ name: 'InvalidKeyUsageException' });
    });

    it('are in a file that only its owner reads, never in the clear on the wire', async () => {
      await create();
      expect(statSync(join(folder, 'kms-keys.json')).mode & 0o777).toBe(0o600);
      const { keys } = JSON.parse(readFileSync(join(folder, 'kms-keys.json'), 'utf8'));
      const described = await client.send(new DescribeKeyCommand({ KeyId: keys[0].id }));
      expect(JSON.stringify(described)).not.toContain(keys[0].material);
    });

    it('open their ciphertexts after a restart', async () => {
      const sealed = await encrypt(await create());
      const again = await kmsIn(folder);
      const opened = await again.client.send(
        new DecryptCommand({ CiphertextBlob: sealed, EncryptionContext: CONTEXT }),
      );
      await again.stop();
      expect(Buffer.from(opened.Plaintext ?? [])).toEqual(SECRET);
    });
  });

  it('answers malformed requests with a failure and goes on', async () => {
    const post = (target: string, body: string) =>
      fetch(endpoint, { method: 'POST', headers: { 'x-amz-target': target }, body });
    expect((await post('TrentService.Encrypt', 'not json')).status).toBe(400);
    expect((await post('TrentService.Encrypt', '{"KeyId":7}')).status).toBe(400);
    expect((await post('TrentService.constructor', '{}')).status).toBe(400);
    expect((await post('TrentService.Encrypt', 'x'.repeat(100_000))).status).toBe(400);
    expect((await post('TrentService.ListKeys', '{}')).status).toBe(200);
  });
});
