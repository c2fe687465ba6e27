/** Signatures that any JOSE library verifies offline. */
import { createPublicKey, createSign, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joseSignature, kidOf } from '../../lib/aws/kms-signing.ts';
import type { PublicJwk } from '../../lib/domain/jwk.ts';
import { type Manifest, manifestBytes } from '../../lib/domain/reload.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let here: Awaited<ReturnType<World['fresh']>>;
beforeAll(async () => {
  world = await startWorld();
  here = await world.fresh();
});
afterAll(() => world.close());

const MANIFEST: Manifest = {
  configuration_id: 'payments',
  version_id: 'ver_1',
  number: 1,
  sequence: 7,
  content_hash: 'a'.repeat(64),
  commit: null,
  issued_at: '2026-03-01T12:00:00.000Z',
};

const verifies = (bytes: Uint8Array, key: KeyObject, jose: Uint8Array) =>
  verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, jose);

const keyOf = (jwk: PublicJwk | undefined) => createPublicKey({ key: { ...jwk }, format: 'jwk' });

describe('a signed manifest', () => {
  it('verifies offline with the published key, and with nothing changed only', async () => {
    const [jwk] = await here.ports.signingKeys.list();
    const bytes = manifestBytes(MANIFEST);
    const { kid, alg, value } = await here.ports.signer.sign(bytes);
    expect({ kid, alg }).toEqual({ kid: jwk?.kid, alg: 'ES256' });
    expect(jwk).toMatchObject({ kty: 'EC', crv: 'P-256', use: 'sig', alg: 'ES256' });
    expect(value).toMatch(/^[A-Za-z0-9_-]{86}$/);
    const signature = Buffer.from(value, 'base64url');
    expect(verifies(bytes, keyOf(jwk), signature)).toBe(true);
    const changed: Partial<Manifest>[] = [
      { sequence: 8 },
      { content_hash: 'b'.repeat(64) },
      { configuration_id: 'payment' },
      { commit: '' },
      { number: 2 },
      { version_id: 'ver_2' },
      { issued_at: '2026-03-01T12:00:00.001Z' },
    ];
    for (const change of changed)
      expect(verifies(manifestBytes({ ...MANIFEST, ...change }), keyOf(jwk), signature)).toBe(false);
  });

  it('is signed over the same bytes whatever the order of its fields', () => {
    const reversed = Object.fromEntries(Object.entries(MANIFEST).reverse()) as unknown as Manifest;
    expect(manifestBytes(reversed)).toEqual(manifestBytes(MANIFEST));
    expect(Buffer.from(manifestBytes(MANIFEST)).toString()).toMatch(/^kt-manifest-v1\n\{"configuration_id":/);
  });

  it('asks KMS for the key once, and again after a failure', async () => {
    const { signingKeys } = here.ports;
    expect(await signingKeys.list()).toBe(await signingKeys.list());
  });
});

describe('joseSignature', () => {
  it('reads every signature that OpenSSL writes in DER', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (message) => {
        const der = createSign('sha256').update(message).sign(privateKey);
        expect(verifies(message, publicKey, joseSignature(der))).toBe(true);
      }),
      { numRuns: 600 },
    );
  });

  it('pads short integers and takes the sign byte off long ones', () => {
    const integer = (bytes: number[]) => [0x02, bytes.length, ...bytes];
    const der = (r: number[], s: number[]) => {
      const body = [...integer(r), ...integer(s)];
      return new Uint8Array([0x30, body.length, ...body]);
    };
    const high = [0, ...new Array(32).fill(0xff)];
    const out = joseSignature(der([1], high));
    expect([...out.subarray(0, 32)]).toEqual([...new Array(31).fill(0), 1]);
    expect([...out.subarray(32)]).toEqual(new Array(32).fill(0xff));
    expect(() => joseSignature(der(new Array(33).fill(1), [1]))).toThrow('DER');
  });

  it('throws on anything else, and on every cut or grown signature', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const der = createSign('sha256').update('x').sign(privateKey);
    for (let length = 0; length < der.length; length++)
      expect(() => joseSignature(der.subarray(0, length))).toThrow('DER');
    expect(() => joseSignature(Buffer.concat([der, Buffer.from([0])]))).toThrow('DER');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          expect(joseSignature(bytes)).toHaveLength(64);
        } catch (error) {
          expect(String(error)).toContain('DER');
        }
      }),
    );
  });
});

describe('kidOf', () => {
  it('is the key id of an ARN', () => {
    expect(kidOf('arn:aws:kms:eu-west-1:1:key/1234-abcd')).toBe('1234-abcd');
    expect(kidOf('1234-abcd')).toBe('1234-abcd');
  });
});
