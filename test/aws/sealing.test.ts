/** Sealed secrets open for what they were sealed for, and for nothing else. */
import { DecryptCommand, KMSClient, KMSServiceException } from '@aws-sdk/client-kms';
import { gcmsiv } from '@noble/ciphers/aes.js';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kmsOpener } from '../../lib/aws/kms-sealing.ts';
import { type SealContext, Unopenable } from '../../lib/domain/sealed.ts';
import type { Opener, Sealer } from '../../lib/ports.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let sealer: Sealer;
let opener: Opener;
beforeAll(async () => {
  world = await startWorld();
  ({ sealer, opener } = (await world.fresh()).ports);
});
afterAll(() => world.close());

const TOKEN: SealContext = { purpose: 'git-token', link: 'lnk_1' };

describe('a sealed secret', () => {
  it('opens to the very text, whatever it holds', async () => {
    for (const text of ['', 'ghp_x', 'päss wörd \u{1f511}', 'x'.repeat(10_000)]) {
      expect(await opener.open(TOKEN, await sealer.seal(TOKEN, text))).toBe(text);
    }
  });

  it('is never the same twice, and shows nothing of the text', async () => {
    const canary = 'canary-4f1d';
    const [one, two] = await Promise.all([sealer.seal(TOKEN, canary), sealer.seal(TOKEN, canary)]);
    expect(Buffer.from(one.ciphertext).equals(Buffer.from(two.ciphertext))).toBe(false);
    expect(Buffer.from(one.wrapped).equals(Buffer.from(two.wrapped))).toBe(false);
    for (const part of [one.ciphertext, one.wrapped, one.nonce])
      expect(Buffer.from(part).toString('latin1')).not.toContain(canary);
  });

  it('does not open for another link, hook, secret or purpose', async () => {
    const hook: SealContext = { purpose: 'hook-secret', hook: 'hk_1', secret: 'sec_1' };
    const others: readonly (readonly [SealContext, SealContext])[] = [
      [TOKEN, { purpose: 'git-token', link: 'lnk_2' }],
      [TOKEN, { purpose: 'hook-secret', hook: 'lnk_1', secret: 'lnk_1' }],
      [hook, { ...hook, hook: 'hk_2' }],
      [hook, { ...hook, secret: 'sec_2' }],
      [hook, { purpose: 'git-token', link: 'hk_1' }],
    ];
    for (const [sealedFor, openedFor] of others) {
      const sealed = await sealer.seal(sealedFor, 'secret');
      await expect(opener.open(openedFor, sealed)).rejects.toThrow(Unopenable);
      expect(await opener.open(sealedFor, sealed)).toBe('secret');
      // Neither does it once the data key is at hand.
      await expect(opener.open(openedFor, sealed)).rejects.toThrow(Unopenable);
    }
  });

  it('does not open with a part of another one', async () => {
    const [one, two] = await Promise.all([sealer.seal(TOKEN, 'one'), sealer.seal(TOKEN, 'two')]);
    for (const part of ['wrapped', 'nonce', 'ciphertext'] as const)
      await expect(opener.open(TOKEN, { ...one, [part]: two[part] })).rejects.toThrow(Unopenable);
  });

  it('does not open with any bit of it flipped, nor cut, nor grown', async () => {
    const sealed = await sealer.seal(TOKEN, 'a token of some length');
    await opener.open(TOKEN, sealed);
    for (const part of ['ciphertext', 'nonce'] as const) {
      for (let bit = 0; bit < sealed[part].length * 8; bit++) {
        const flipped = sealed[part].slice();
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await expect(opener.open(TOKEN, { ...sealed, [part]: flipped })).rejects.toThrow(Unopenable);
      }
    }
    for (const length of [0, 1, 15, sealed.ciphertext.length - 1])
      await expect(
        opener.open(TOKEN, { ...sealed, ciphertext: sealed.ciphertext.slice(0, length) }),
      ).rejects.toThrow(Unopenable);
    const grown = new Uint8Array([...sealed.ciphertext, 0]);
    await expect(opener.open(TOKEN, { ...sealed, ciphertext: grown })).rejects.toThrow(Unopenable);
  });

  it('does not open when its data key is said to be another key’s', async () => {
    const sealed = await sealer.seal(TOKEN, 'secret');
    const key = sealed.key.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    await expect(opener.open(TOKEN, { ...sealed, key })).rejects.toThrow(Unopenable);
  });

  it('names nothing of the secret when it does not open', async () => {
    const sealed = await sealer.seal(TOKEN, 'canary-77aa');
    const failure: unknown = await opener
      .open({ purpose: 'git-token', link: 'lnk_2' }, sealed)
      .catch((error: unknown) => error);
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain('canary-77aa');
  });
});

/** KMS that answers at once, and counts. */
function countedKms() {
  let calls = 0;
  let failure: Error | null = null;
  const client = new KMSClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
  client.send = (async (command: unknown) => {
    if (!(command instanceof DecryptCommand)) throw new Error('only Decrypt');
    calls++;
    if (failure) throw failure;
    // Another buffer each time, as the wire gives.
    return { Plaintext: new Uint8Array(32).fill(7) };
  }) as unknown as typeof client.send;
  return {
    client,
    calls: () => calls,
    failWith: (error: Error) => {
      failure = error;
    },
  };
}

const KEY = new Uint8Array(32).fill(7);

function sealedByHand(text: string) {
  const nonce = new Uint8Array(12).fill(1);
  const context = [
    ['link', 'lnk_1'],
    ['purpose', 'git-token'],
    ['v', '1'],
  ];
  const aad = Buffer.from(JSON.stringify(['kt-seal', 1, 'arn:key', context]));
  const ciphertext = gcmsiv(KEY, nonce, aad).encrypt(Buffer.from(text));
  return { v: 1, key: 'arn:key', wrapped: new Uint8Array([1, 2, 3]), nonce, ciphertext } as const;
}

describe('opened data keys', () => {
  it('are kept for a hundred uses and five minutes, no more', async () => {
    const kms = countedKms();
    let now = 0;
    const open = kmsOpener(kms.client, () => new Date(now));
    const sealed = sealedByHand('token');
    for (let use = 0; use < 100; use++) expect(await open.open(TOKEN, sealed)).toBe('token');
    expect(kms.calls()).toBe(1);
    await open.open(TOKEN, sealed);
    expect(kms.calls()).toBe(2);
    now += 5 * 60_000 - 1;
    await open.open(TOKEN, sealed);
    expect(kms.calls()).toBe(2);
    now += 1;
    await open.open(TOKEN, sealed);
    expect(kms.calls()).toBe(3);
  });

  it('are not wiped under the hands of somebody who is using them', async () => {
    const kms = countedKms();
    const open = kmsOpener(kms.client, () => new Date(0));
    const sealed = sealedByHand('token');
    const opened = await Promise.all(Array.from({ length: 450 }, () => open.open(TOKEN, sealed)));
    expect(new Set(opened)).toEqual(new Set(['token']));
  });

  it('are kept for a thousand secrets at most', async () => {
    const kms = countedKms();
    const open = kmsOpener(kms.client, () => new Date(0));
    const sealed = sealedByHand('token');
    const nth = (n: number) => ({ ...sealed, wrapped: new Uint8Array([n & 255, n >> 8]) });
    for (let n = 0; n <= 1000; n++) await open.open(TOKEN, nth(n));
    expect(kms.calls()).toBe(1001);
    await open.open(TOKEN, nth(1000));
    expect(kms.calls()).toBe(1001);
    await open.open(TOKEN, nth(0));
    expect(kms.calls()).toBe(1002);
  });

  it('that KMS does not give out for the moment are an error of KMS, not of the secret', async () => {
    const fails = (name: string, $fault: 'client' | 'server') =>
      new KMSServiceException({ name, $fault, message: name, $metadata: {} });
    const kms = countedKms();
    const open = kmsOpener(kms.client, () => new Date(0));
    for (const passing of [
      fails('ThrottlingException', 'client'),
      fails('KMSInternalException', 'server'),
      fails('KeyUnavailableException', 'server'),
      fails('ExpiredTokenException', 'client'),
      new Error('socket hang up'),
    ]) {
      kms.failWith(passing);
      await expect(open.open(TOKEN, sealedByHand('token'))).rejects.toBe(passing);
    }
    for (const name of ['AccessDeniedException', 'DisabledException', 'InvalidCiphertextException']) {
      kms.failWith(fails(name, 'client'));
      await expect(open.open(TOKEN, sealedByHand('token'))).rejects.toThrow(Unopenable);
    }
  });
});

describe('AES-256-GCM-SIV', () => {
  const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

  it('is that of RFC 8452, appendix C.2', () => {
    const key = hex('0100000000000000000000000000000000000000000000000000000000000000');
    const nonce = hex('030000000000000000000000');
    for (const [plaintext, aad, result] of [
      ['', '', '07f5f4169bbf55a8400cd47ea6fd400f'],
      ['0100000000000000', '', 'c2ef328e5c71c83b843122130f7364b761e0b97427e3df28'],
      ['0200000000000000', '01', '1de22967237a813291213f267e3b452f02d01ae33e4ec854'],
    ] as const) {
      const sealed = gcmsiv(key, nonce, hex(aad)).encrypt(hex(plaintext));
      expect(Buffer.from(sealed).toString('hex')).toBe(result);
    }
  });

  it('opens what it sealed and refuses other additional data', () => {
    const bytes = fc.uint8Array({ maxLength: 64 });
    fc.assert(
      fc.property(bytes, bytes, bytes, (plaintext, aad, other) => {
        const nonce = new Uint8Array(12);
        const sealed = gcmsiv(KEY, nonce, aad).encrypt(plaintext);
        expect(gcmsiv(KEY, nonce, aad).decrypt(sealed)).toEqual(plaintext);
        fc.pre(Buffer.compare(aad, other) !== 0);
        expect(() => gcmsiv(KEY, nonce, other).decrypt(sealed)).toThrow();
      }),
    );
  });
});
